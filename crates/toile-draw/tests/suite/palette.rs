//! Colours that can be read and told apart.

use toile_draw::palette::{DARK, LIGHT, Rgb, SHADES, cell, contrast, hex, shade};

#[test]
fn contrast_is_that_of_wcag() {
    assert!((contrast([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 1e-9);
    assert!((contrast([0x77, 0x77, 0x77], [255, 255, 255]) - 4.48).abs() < 0.01);
}

#[test]
fn text_can_be_read_in_both_modes() {
    for (mode, theme) in [("light", LIGHT), ("dark", DARK)] {
        for ground in [theme.page, theme.panel] {
            let words = [theme.ink, theme.muted, theme.accent, theme.good, theme.bad];
            for colour in words.into_iter().chain(theme.models) {
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

/// A colour as people see it who lack the cones for red, green or blue (Machado, Oliveira and Fernandes 2009,
/// "A physiologically-based model for simulation of color vision deficiency", severity 1), in linear light.
const BLINDNESS: [(&str, [[f64; 3]; 3]); 4] = [
    ("none", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    ),
    (
        "deuteranopia",
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    ),
    (
        "tritanopia",
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ),
];

/// L*, a*, b* of CIE 1976 under D65.
fn lab(colour: Rgb, sight: &[[f64; 3]; 3]) -> [f64; 3] {
    let linear = colour.map(|channel| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    let times = |matrix: &[[f64; 3]; 3], v: [f64; 3]| {
        matrix.map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum::<f64>())
    };
    let seen = times(sight, linear).map(|c| c.clamp(0.0, 1.0));
    let to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ];
    let [x, y, z] = times(&to_xyz, seen);
    let f = |t: f64| if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let (x, y, z) = (f(x / 0.95047), f(y), f(z / 1.08883));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[test]
fn models_and_shades_survive_colour_blindness() {
    let apart = |a: Rgb, b: Rgb, sight: &[[f64; 3]; 3]| {
        let squares = lab(a, sight).into_iter().zip(lab(b, sight)).map(|(a, b)| (a - b).powi(2));
        squares.sum::<f64>().sqrt()
    };
    for (mode, theme) in [("light", LIGHT), ("dark", DARK)] {
        for (sight, matrix) in &BLINDNESS {
            // What tells two things apart by colour: the first models, right and wrong, better and worse.
            let [a, b, c, d, ..] = theme.models;
            let pairs = [(a, b), (a, c), (b, c), (a, d), (b, d), (c, d)];
            for (first, second) in
                pairs.into_iter().chain([(theme.right, theme.wrong), (theme.good, theme.bad)])
            {
                let distance = apart(first, second, matrix);
                assert!(
                    distance >= 15.0,
                    "{mode}, {sight}: {} and {} are {distance:.1} apart",
                    hex(first),
                    hex(second)
                );
            }
        }
    }
}

#[test]
fn shades_start_at_the_first_mistake() {
    assert_eq!((shade(0.0), shade(0.0001), shade(0.25), shade(1.0)), (0, 1, 5, 10));
}
