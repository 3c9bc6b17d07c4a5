//! Colours, chosen so that text keeps a contrast of 4.5 and models survive colour blindness.

use std::fmt::Write;

/// A colour as red, green, blue.
pub type Rgb = [u8; 3];

/// A colour by its name, which each mode has one for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colour {
    /// Of text and axes.
    Ink,
    /// Of what is beside the matter.
    Muted,
    /// Of grids.
    Rule,
    /// Of what may be chosen, and of what follows from several figures.
    Accent,
    /// Of what stands on the page.
    Panel,
    /// Of the page; of a panel where a drawing is a file.
    Ground,
    /// Of a model, by its place in the study; they repeat after [`MODELS`].
    Model(usize),
    /// A cell's ground where the prediction is right, by its shade.
    Right(usize),
    /// The text on it.
    RightText(usize),
    /// A cell's ground where it is wrong.
    Wrong(usize),
    /// The text on it.
    WrongText(usize),
    /// Some percent of a model's colour on a panel.
    ModelTint(usize, u8),
    /// Some percent of the muted colour on a panel.
    MutedTint(u8),
}

/// Colours of models; they repeat after these.
pub const MODELS: usize = LIGHT.models.len();

impl Colour {
    /// In a mode.
    pub fn rgb(self, theme: &Theme) -> Rgb {
        let tint = |full: Rgb, percent: u8| mixed(theme.panel, full, f64::from(percent) / 100.0);
        match self {
            Colour::Ink => theme.ink,
            Colour::Muted => theme.muted,
            Colour::Rule => theme.rule,
            Colour::Accent => theme.accent,
            Colour::Panel => theme.panel,
            Colour::Ground => theme.page,
            Colour::Model(model) => theme.models[model % MODELS],
            Colour::Right(shade) => cell(theme, theme.right, shade).0,
            Colour::RightText(shade) => cell(theme, theme.right, shade).1,
            Colour::Wrong(shade) => cell(theme, theme.wrong, shade).0,
            Colour::WrongText(shade) => cell(theme, theme.wrong, shade).1,
            Colour::ModelTint(model, percent) => tint(theme.models[model % MODELS], percent),
            Colour::MutedTint(percent) => tint(theme.muted, percent),
        }
    }

    /// `m0`: as the rules of [`css`] and the classes of a file call it.
    pub fn name(self) -> String {
        match self {
            Colour::Ink => "ink".into(),
            Colour::Muted => "muted".into(),
            Colour::Rule => "rule".into(),
            Colour::Accent => "accent".into(),
            Colour::Panel => "panel".into(),
            Colour::Ground => "page".into(),
            Colour::Model(model) => format!("m{}", model % MODELS),
            Colour::Right(shade) => format!("r{shade}"),
            Colour::RightText(shade) => format!("r{shade}t"),
            Colour::Wrong(shade) => format!("w{shade}"),
            Colour::WrongText(shade) => format!("w{shade}t"),
            Colour::ModelTint(model, percent) => format!("m{}-{percent}", model % MODELS),
            Colour::MutedTint(percent) => format!("muted-{percent}"),
        }
    }

    /// As a page with the rules of [`css`] writes it.
    pub(crate) fn on_page(self) -> String {
        let tint = |of: Colour, percent: u8| {
            format!("color-mix(in srgb,var(--{}) {percent}%,var(--panel))", of.name())
        };
        match self {
            Colour::ModelTint(model, percent) => tint(Colour::Model(model), percent),
            Colour::MutedTint(percent) => tint(Colour::Muted, percent),
            plain => format!("var(--{})", plain.name()),
        }
    }
}

/// The colours of one mode.
pub struct Theme {
    /// The page.
    pub page: Rgb,
    /// What stands on it.
    pub panel: Rgb,
    /// Text.
    pub ink: Rgb,
    /// Text beside the matter.
    pub muted: Rgb,
    /// Grids and rules.
    pub rule: Rgb,
    /// Links, and estimates.
    pub accent: Rgb,
    /// One a model, after Okabe and Ito's set, darkened or lightened for text.
    pub models: [Rgb; 6],
    /// Verdicts: better, worse. Signs tell them apart too.
    pub good: Rgb,
    /// The other.
    pub bad: Rgb,
    /// Full shade of a right cell.
    pub right: Rgb,
    /// Full shade of a wrong one.
    pub wrong: Rgb,
}

/// On white.
pub const LIGHT: Theme = Theme {
    page: [0xfb, 0xfa, 0xf6],
    panel: [0xff, 0xff, 0xff],
    ink: [0x1e, 0x22, 0x26],
    muted: [0x5b, 0x61, 0x68],
    rule: [0xe3, 0xdf, 0xd4],
    accent: [0x23, 0x40, 0x8e],
    models: [
        [0x0b, 0x62, 0xa8],
        [0xb8, 0x48, 0x0a],
        [0x0c, 0x39, 0x27],
        [0x83, 0x36, 0x6a],
        [0x3c, 0x31, 0x03],
        [0x4a, 0x4f, 0x57],
    ],
    good: [0x0b, 0x5c, 0x9c],
    bad: [0xa8, 0x3c, 0x06],
    right: [0x0b, 0x4f, 0x8a],
    wrong: [0xa8, 0x3c, 0x06],
};

/// On black.
pub const DARK: Theme = Theme {
    page: [0x14, 0x17, 0x1b],
    panel: [0x1b, 0x1f, 0x25],
    ink: [0xe8, 0xe6, 0xe0],
    muted: [0xa2, 0xa8, 0xb0],
    rule: [0x31, 0x37, 0x40],
    accent: [0x9d, 0xb4, 0xf0],
    models: [
        [0x6d, 0xb8, 0xf2],
        [0xf5, 0x9a, 0x5e],
        [0x6e, 0xf9, 0xec],
        [0xee, 0x48, 0x94],
        [0xfc, 0xfa, 0x4a],
        [0xb9, 0xc0, 0xc9],
    ],
    good: [0x7c, 0xc0, 0xf5],
    bad: [0xf7, 0x9c, 0x60],
    right: [0x7c, 0xc0, 0xf5],
    wrong: [0xf7, 0x9c, 0x60],
};

/// How a model's line is drawn beside its colour: colours repeat after the last, and then strokes differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// A line.
    Plain,
    /// A broad line with the ground's colour inside.
    Hollow,
    /// A broad line.
    Broad,
}

/// That of the model at this place in the study.
pub fn stroke(model: usize) -> Stroke {
    match model / LIGHT.models.len() % 3 {
        0 => Stroke::Plain,
        1 => Stroke::Hollow,
        _ => Stroke::Broad,
    }
}

/// Shades of a matrix cell: 0 is empty.
pub const SHADES: usize = 11;

/// `#0b62a8`.
pub fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// The shade of a cell that holds this share of its true class: by the square root, so that rare mistakes show.
pub fn shade(share: f64) -> usize {
    if share > 0.0 { (share.min(1.0).sqrt() * (SHADES - 1) as f64).ceil() as usize } else { 0 }
}

/// Background and text of a shaded cell.
pub fn cell(theme: &Theme, full: Rgb, shade: usize) -> (Rgb, Rgb) {
    let background = mixed(theme.panel, full, shade as f64 / (SHADES - 1) as f64);
    if shade == 0 {
        return (background, theme.muted);
    }
    let (black, white) = ([0, 0, 0], [255, 255, 255]);
    let text = if contrast(background, black) >= contrast(background, white) { black } else { white };
    let ink = [theme.ink, theme.page].into_iter().find(|ink| contrast(background, *ink) >= 7.0);
    (background, ink.unwrap_or(text))
}

/// A share of one colour laid over another.
fn mixed(below: Rgb, above: Rgb, share: f64) -> Rgb {
    let mix = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8;
    std::array::from_fn(|i| mix(below[i], above[i]))
}

/// Contrast ratio of WCAG 2: 1 to 21.
pub fn contrast(a: Rgb, b: Rgb) -> f64 {
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
pub fn css() -> String {
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
    put("good".into(), theme.good);
    put("bad".into(), theme.bad);
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
