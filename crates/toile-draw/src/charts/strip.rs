//! The runs of a model as dots on a line, a published figure among them as a diamond.

use super::marks::diamond_at;
use crate::palette::{Colour, MODELS};
use crate::picture::{Picture, Shape};

/// The drawing, 160 wide and 20 high, of the model at this place; nothing where there is no run.
pub fn strip(title: String, model: usize, runs: &[f64], published: f64) -> Option<Picture> {
    let (low, high) = (runs.iter().copied().reduce(f64::min)?, runs.iter().copied().reduce(f64::max)?);
    let (first, last) = (low.min(published), high.max(published));
    let x = |value: f64| 8.0 + if last > first { (value - first) / (last - first) * 144.0 } else { 72.0 };
    let mut sheet = Picture::new(title, 160.0, 20.0);
    sheet.class = format!("strip-plot c{}", model % MODELS);
    let own = Colour::Model(model);
    sheet.line((2.0, 10.0), (158.0, 10.0), Colour::Rule, 1.0);
    sheet.add(Shape::rect(x(low) - 2.5, 7.5, x(high) - x(low) + 5.0, 5.0).rounded(2.5).shaded(own, 0.3));
    for value in runs {
        sheet.add(Shape::circle(x(*value), 10.0, 3.2).shaded(own, 0.75));
    }
    sheet.add(diamond_at(x(published), 10.0, 6.0).stroked(Colour::Ink, 1.6));
    Some(sheet)
}
