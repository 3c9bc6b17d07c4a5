//! A confusion matrix as a drawing: rows true, columns predicted, as scikit-learn draws it.

use toile_study::numbers::count;

use super::font;
use super::picture::{Anchor, Picture, Shape, TEXT, Text, Turn};
use crate::report::palette::{LIGHT, cell, shade};

/// What the numbers in the cells are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Normaliser {
    /// Nothing: they are images.
    None,
    /// The images of the true class: each row sums to 1.
    TrueClass,
}

/// A matrix to draw.
pub(super) struct Confusion<'a> {
    /// Whose it is: `baseline, seed 0`.
    pub(super) title: String,
    pub(super) class_names: &'a [String],
    /// Images; not whole numbers where it is a mean over seeds.
    pub(super) images: Vec<Vec<f64>>,
}

/// A matrix of one run, to be drawn or averaged.
pub(super) fn as_numbers(matrix: &[Vec<u64>]) -> Vec<Vec<f64>> {
    matrix.iter().map(|row| row.iter().map(|images| *images as f64).collect()).collect()
}

impl Confusion<'_> {
    /// Draws it, every cell shaded by its share of the true class. The normaliser stands in the title. A matrix
    /// that does not fit the names is drawn as that sentence.
    pub(super) fn draw(&self, normaliser: Normaliser) -> Picture {
        let classes = self.class_names.len();
        let fits = classes > 0 && self.images.len() == classes;
        if !fits || self.images.iter().any(|row| row.len() != classes) {
            return Picture::of_sentence(format!("The matrix does not fit the {classes} classes."));
        }
        let longest = self.class_names.iter().map(|name| font::width(name, TEXT)).fold(0.0, f64::max).ceil();
        let side = side(classes);
        let (left, top) = (longest + 52.0, 76.0);
        let grid = side * classes as f64;
        let subtitle = match normaliser {
            Normaliser::None => "Counts (not normalised); shade: share of the true class",
            Normaliser::TrueClass => "Normalised by true class: each row sums to 1",
        };
        let titles = font::width(&self.title, 16.0).max(font::width(subtitle, TEXT)).ceil();
        let below = longest * 0.72 + 18.0;
        let width = left + grid.max(titles) + 24.0;
        let height = top + grid + below + 42.0;
        let normalised = if normaliser == Normaliser::None { "" } else { ", normalised" };
        let mut picture =
            Picture::new(format!("Confusion matrix of {}{normalised}", self.title), width, height);
        picture.text(Text::at(left, 30.0, &self.title).sized(16.0));
        picture.text(Text::at(left, 52.0, subtitle).muted());
        for row in 0..classes {
            let y = top + side * row as f64;
            let name = Text::at(left - 8.0, y + side / 2.0 + 4.0, &self.class_names[row]);
            picture.text(name.anchored(Anchor::End));
            for column in 0..classes {
                self.cell(&mut picture, normaliser, (row, column), (left + side * column as f64, y, side));
            }
        }
        for (column, name) in self.class_names.iter().enumerate() {
            let x = left + side * (column as f64 + 0.5) + 4.0;
            let name = Text::at(x, top + grid + 14.0, name);
            picture.text(name.anchored(Anchor::End).turned(Turn::Rising));
        }
        let middle = |text: Text| text.anchored(Anchor::Middle).sized(13.0);
        picture.text(middle(Text::at(left + grid / 2.0, height - 14.0, "Predicted label")));
        picture.text(middle(Text::at(20.0, top + grid / 2.0, "True label").turned(Turn::Upwards)));
        picture
    }

    fn cell(
        &self,
        picture: &mut Picture,
        normaliser: Normaliser,
        (row, column): (usize, usize),
        (x, y, side): (f64, f64, f64),
    ) {
        let images = self.images[row][column];
        let of_class: f64 = self.images[row].iter().sum();
        let share = if of_class > 0.0 { images / of_class } else { 0.0 };
        let full = if row == column { LIGHT.right } else { LIGHT.wrong };
        let (ground, ink) = cell(&LIGHT, full, shade(share));
        let (truth, called) = (&self.class_names[row], &self.class_names[column]);
        picture.shapes.push(Shape::Rect {
            left: x,
            top: y,
            width: side,
            height: side,
            fill: ground,
            rule: Some(LIGHT.rule),
            says: format!("{} of {truth} called {called}", images_text(images)),
        });
        let text = match normaliser {
            Normaliser::None => images_text(images),
            Normaliser::TrueClass => share_text(share),
        };
        let size = if side > 40.0 { TEXT } else { 9.0 };
        if side >= 30.0 {
            let text = Text::at(x + side / 2.0, y + side / 2.0 + size * 0.36, text);
            picture.text(text.sized(size).coloured(ink).anchored(Anchor::Middle));
        }
    }
}

/// Many classes have small cells, and from 31 on cells without numbers.
fn side(classes: usize) -> f64 {
    match classes {
        0..=12 => 46.0,
        13..=30 => 30.0,
        _ => 14.0,
    }
}

/// `1,024`, or `331.4` in a mean over seeds.
fn images_text(images: f64) -> String {
    let tenths = (images * 10.0).round();
    let (whole, tenth) = ((tenths / 10.0).floor(), tenths % 10.0);
    let whole = count(whole as u64);
    if tenth == 0.0 { whole } else { format!("{whole}.{tenth}") }
}

/// Two digits, as scikit-learn and Ultralytics print; what is not 0 does not look like it.
fn share_text(share: f64) -> String {
    match share {
        s if s <= 0.0 => "0".into(),
        s if s >= 1.0 => "1".into(),
        s if s < 0.005 => "<.01".into(),
        s if s >= 0.995 => ">.99".into(),
        s => format!("{s:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_cells() {
        for (images, expected) in [(0.0, "0"), (1024.0, "1,024"), (331.4, "331.4"), (2.96, "3"), (0.04, "0")]
        {
            assert_eq!(images_text(images), expected);
        }
        for (share, expected) in
            [(0.0, "0"), (0.001, "<.01"), (0.005, "0.01"), (0.876, "0.88"), (0.997, ">.99"), (1.0, "1")]
        {
            assert_eq!(share_text(share), expected);
        }
    }
}
