//! A drawing as a list of shapes: what SVG and PNG are both written from, so that they cannot differ.

use std::f32::consts::FRAC_1_SQRT_2;

use super::font;
use crate::report::palette::{LIGHT, Rgb};

/// A drawing, in pixels from its upper left corner.
pub(super) struct Picture {
    /// For those who cannot see it.
    pub(super) title: String,
    pub(super) width: f64,
    pub(super) height: f64,
    /// Later ones cover earlier ones.
    pub(super) shapes: Vec<Shape>,
}

/// Some of a drawing.
pub(super) enum Shape {
    Rect {
        left: f64,
        top: f64,
        width: f64,
        height: f64,
        fill: Rgb,
        /// Colour of a hairline around it.
        rule: Option<Rgb>,
        /// What it shows, for those who point at it.
        says: String,
    },
    Line {
        points: Vec<(f64, f64)>,
        colour: Rgb,
        width: f64,
        /// Lengths of strokes and gaps; empty for a line without gaps.
        dashes: &'static [f32],
    },
    /// A closed outline, filled so that what lies under it shows.
    Area {
        points: Vec<(f64, f64)>,
        colour: Rgb,
        opacity: f64,
    },
    Text(Text),
}

/// A line of text.
pub(super) struct Text {
    pub(super) text: String,
    /// Of its anchor, on the baseline.
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) size: f64,
    pub(super) colour: Rgb,
    pub(super) anchor: Anchor,
    pub(super) turn: Turn,
}

/// Which point of a text its place is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text is turned around its anchor. Two directions are enough, and their sines need no library, whose last
/// bit would depend on the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    None,
    /// By 45 degrees, rising.
    Rising,
    /// By 90 degrees, from bottom to top.
    Upwards,
}

impl Turn {
    /// Clockwise, as SVG counts.
    pub(super) fn degrees(self) -> i32 {
        match self {
            Turn::None => 0,
            Turn::Rising => -45,
            Turn::Upwards => -90,
        }
    }

    /// Cosine and sine of that.
    pub(super) fn cosine_and_sine(self) -> (f32, f32) {
        match self {
            Turn::None => (1.0, 0.0),
            Turn::Rising => (FRAC_1_SQRT_2, -FRAC_1_SQRT_2),
            Turn::Upwards => (0.0, -1.0),
        }
    }
}

/// Size of a text that says no other.
pub(super) const TEXT: f64 = 12.0;

impl Picture {
    /// An empty sheet.
    pub(super) fn new(title: impl Into<String>, width: f64, height: f64) -> Self {
        Picture { title: title.into(), width, height, shapes: Vec::new() }
    }

    /// A sheet that holds a sentence.
    pub(super) fn of_sentence(sentence: String) -> Self {
        let mut picture = Picture::new(sentence.clone(), 40.0 + font::width(&sentence, TEXT), 80.0);
        picture.text(Text::at(20.0, 46.0, sentence));
        picture
    }

    pub(super) fn text(&mut self, text: Text) {
        self.shapes.push(Shape::Text(text));
    }

    pub(super) fn line(&mut self, points: &[(f64, f64)], colour: Rgb, width: f64) {
        self.dashed(points, colour, width, &[]);
    }

    pub(super) fn dashed(&mut self, points: &[(f64, f64)], colour: Rgb, width: f64, dashes: &'static [f32]) {
        self.shapes.push(Shape::Line { points: points.to_vec(), colour, width, dashes });
    }
}

impl Text {
    /// Upright, from here to the right, in the usual size and colour.
    pub(super) fn at(x: f64, y: f64, text: impl Into<String>) -> Self {
        let text = text.into();
        Text { text, x, y, size: TEXT, colour: LIGHT.ink, anchor: Anchor::Start, turn: Turn::None }
    }

    pub(super) fn muted(self) -> Self {
        self.coloured(LIGHT.muted)
    }

    pub(super) fn coloured(self, colour: Rgb) -> Self {
        Text { colour, ..self }
    }

    pub(super) fn sized(self, size: f64) -> Self {
        Text { size, ..self }
    }

    pub(super) fn anchored(self, anchor: Anchor) -> Self {
        Text { anchor, ..self }
    }

    pub(super) fn turned(self, turn: Turn) -> Self {
        Text { turn, ..self }
    }
}
