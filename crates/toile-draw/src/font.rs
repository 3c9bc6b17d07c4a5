//! The font of the PNG files: the Latin, Greek and Cyrillic letters of Noto Sans, which are in the binary, so that they look the same on every machine.
//!
//! What it does not know is drawn as an empty box. Widths measured
//! here lay out the SVG files as well, whose text is drawn in whatever font the reader's machine has.

use std::sync::OnceLock;

use tiny_skia::{Path, PathBuilder};
use ttf_parser::{Face, OutlineBuilder};

/// See `fonts/README.md` for what it is a part of.
const FONT: &[u8] = include_bytes!("../fonts/NotoSans-subset.ttf");

fn face() -> &'static Face<'static> {
    static FACE: OnceLock<Face<'static>> = OnceLock::new();
    FACE.get_or_init(|| Face::parse(FONT, 0).expect("the font in the binary is whole"))
}

/// How wide a line of text is.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    let face = face();
    let glyph = |c| face.glyph_index(c).unwrap_or_default();
    let units: u64 =
        text.chars().map(|c| u64::from(face.glyph_hor_advance(glyph(c)).unwrap_or_default())).sum();
    units as f64 * size / f64::from(face.units_per_em())
}

/// The outlines of a line of text whose baseline starts at the origin; `None` where there is no ink.
pub(crate) fn outlines(text: &str, size: f64) -> Option<Path> {
    let face = face();
    let scale = size as f32 / f32::from(face.units_per_em());
    let mut pen = Pen { path: PathBuilder::new(), scale, x: 0.0 };
    for c in text.chars() {
        let glyph = face.glyph_index(c).unwrap_or_default();
        // A glyph without an outline is a space.
        let _ = face.outline_glyph(glyph, &mut pen);
        pen.x += f32::from(face.glyph_hor_advance(glyph).unwrap_or_default());
    }
    pen.path.finish()
}

/// Collects outlines; the font's y grows upwards, the drawing's downwards.
struct Pen {
    path: PathBuilder,
    scale: f32,
    /// Where the glyph starts, in the font's units.
    x: f32,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        ((self.x + x) * self.scale, -y * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
