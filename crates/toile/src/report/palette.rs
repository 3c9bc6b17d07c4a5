//! Colours, chosen so that text keeps a contrast of 4.5 and models survive colour blindness.

use std::fmt::Write;

/// A colour as red, green, blue.
pub(crate) type Rgb = [u8; 3];

/// The colours of one mode.
pub(crate) struct Theme {
    pub(crate) page: Rgb,
    pub(crate) panel: Rgb,
    pub(crate) ink: Rgb,
    pub(crate) muted: Rgb,
    pub(crate) rule: Rgb,
    pub(crate) accent: Rgb,
    /// One a model, after Okabe and Ito's set, darkened or lightened for text.
    pub(crate) models: [Rgb; 6],
    /// Full shade of a right cell and of a wrong one.
    pub(crate) right: Rgb,
    pub(crate) wrong: Rgb,
}

pub(crate) const LIGHT: Theme = Theme {
    page: [0xfb, 0xfa, 0xf6],
    panel: [0xff, 0xff, 0xff],
    ink: [0x1e, 0x22, 0x26],
    muted: [0x5b, 0x61, 0x68],
    rule: [0xe3, 0xdf, 0xd4],
    accent: [0x23, 0x40, 0x8e],
    models: [
        [0x0b, 0x62, 0xa8],
        [0xb8, 0x48, 0x0a],
        [0x00, 0x72, 0x5a],
        [0x8e, 0x3f, 0x7a],
        [0x7a, 0x5c, 0x00],
        [0x4a, 0x4f, 0x57],
    ],
    right: [0x0b, 0x4f, 0x8a],
    wrong: [0xa8, 0x3c, 0x06],
};

pub(crate) const DARK: Theme = Theme {
    page: [0x14, 0x17, 0x1b],
    panel: [0x1b, 0x1f, 0x25],
    ink: [0xe8, 0xe6, 0xe0],
    muted: [0xa2, 0xa8, 0xb0],
    rule: [0x31, 0x37, 0x40],
    accent: [0x9d, 0xb4, 0xf0],
    models: [
        [0x6d, 0xb8, 0xf2],
        [0xf5, 0x9a, 0x5e],
        [0x4f, 0xcb, 0xa3],
        [0xe2, 0x9c, 0xcb],
        [0xe5, 0xc0, 0x4f],
        [0xb9, 0xc0, 0xc9],
    ],
    right: [0x7c, 0xc0, 0xf5],
    wrong: [0xf7, 0x9c, 0x60],
};

/// Shades of a matrix cell: 0 is empty.
pub(crate) const SHADES: usize = 11;

/// `#0b62a8`.
pub(crate) fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// The shade of a cell that holds this share of its true class: by the square root, so that rare mistakes show.
pub(crate) fn shade(share: f64) -> usize {
    if share > 0.0 { (share.min(1.0).sqrt() * (SHADES - 1) as f64).ceil() as usize } else { 0 }
}

/// Background and text of a shaded cell.
pub(crate) fn cell(theme: &Theme, full: Rgb, shade: usize) -> (Rgb, Rgb) {
    let t = shade as f64 / (SHADES - 1) as f64;
    let mix = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * t).round() as u8;
    let background = std::array::from_fn(|i| mix(theme.panel[i], full[i]));
    if shade == 0 {
        return (background, theme.muted);
    }
    let (black, white) = ([0, 0, 0], [255, 255, 255]);
    let text = if contrast(background, black) >= contrast(background, white) { black } else { white };
    let ink = [theme.ink, theme.page].into_iter().find(|ink| contrast(background, *ink) >= 7.0);
    (background, ink.unwrap_or(text))
}

/// Contrast ratio of WCAG 2: 1 to 21.
pub(crate) fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Relative luminance of WCAG 2.
fn luminance(colour: Rgb) -> f64 {
    let [r, g, b] = colour.map(|channel| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// The custom properties of both modes; print keeps the light ones.
pub(crate) fn css() -> String {
    format!(
        ":root{{color-scheme:light;{}}}\n@media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{}}}}}\n",
        properties(&LIGHT),
        properties(&DARK)
    )
}

fn properties(theme: &Theme) -> String {
    let mut css = String::new();
    let mut put = |name: String, colour: Rgb| {
        let _ = write!(css, "--{name}:{};", hex(colour));
    };
    put("page".into(), theme.page);
    put("panel".into(), theme.panel);
    put("ink".into(), theme.ink);
    put("muted".into(), theme.muted);
    put("rule".into(), theme.rule);
    put("accent".into(), theme.accent);
    for (index, colour) in theme.models.iter().enumerate() {
        put(format!("m{index}"), *colour);
    }
    for shade in 0..SHADES {
        for (letter, full) in [("r", theme.right), ("w", theme.wrong)] {
            let (background, text) = cell(theme, full, shade);
            put(format!("{letter}{shade}"), background);
            put(format!("{letter}{shade}t"), text);
        }
    }
    css
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((contrast([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 1e-9);
        assert!((contrast([0x77, 0x77, 0x77], [255, 255, 255]) - 4.48).abs() < 0.01);
    }

    #[test]
    fn text_can_be_read_in_both_modes() {
        for (mode, theme) in [("light", LIGHT), ("dark", DARK)] {
            for ground in [theme.page, theme.panel] {
                for colour in [theme.ink, theme.muted, theme.accent].into_iter().chain(theme.models) {
                    let ratio = contrast(colour, ground);
                    assert!(ratio >= 4.5, "{mode}: {} on {} has {ratio:.2}", hex(colour), hex(ground));
                }
            }
            for full in [theme.right, theme.wrong] {
                for shade in 0..SHADES {
                    let (background, text) = cell(&theme, full, shade);
                    let ratio = contrast(background, text);
                    assert!(ratio >= 4.5, "{mode}: shade {shade} of {} has {ratio:.2}", hex(full));
                }
            }
        }
    }

    #[test]
    fn shades_start_at_the_first_mistake() {
        assert_eq!((shade(0.0), shade(0.0001), shade(0.25), shade(1.0)), (0, 1, 5, 10));
    }
}
