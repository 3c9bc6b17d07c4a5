//! A confusion matrix: rows true, columns predicted, as scikit-learn draws it. What its cells look like and say, for
//! the table of a page and for the drawing in a file alike.

use crate::confused::{left_out, shown_classes};
use toile_study::numbers::count_change;

use crate::digits::{cell_images, cell_share};
use crate::mean_matrix::MeanMatrix;
use crate::palette::{Colour, shade};
use crate::picture::{Anchor, Picture, Shape, TEXT, Text, Turn, text_width};

/// What a cell looks like and says.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// In the colour of what is right, or of what is wrong.
    pub right: bool,
    /// How strong that colour is, from 0.
    pub shade: usize,
    /// In images.
    pub images: String,
    /// In percent of the true class.
    pub share: String,
    /// In a sentence.
    pub says: String,
}

impl Cell {
    /// `r3`: its class on a page.
    pub fn class(&self) -> String {
        self.colours().0.name()
    }

    /// Of its ground and its text.
    pub fn colours(&self) -> (Colour, Colour) {
        match self.right {
            true => (Colour::Right(self.shade), Colour::RightText(self.shade)),
            false => (Colour::Wrong(self.shade), Colour::WrongText(self.shade)),
        }
    }
}

/// Of a confusion matrix: images, or means of them.
pub fn cell(names: &[String], matrix: &MeanMatrix, truth: usize, called: usize) -> Cell {
    let images = matrix.at(truth, called);
    let share = images / matrix.support(truth).max(1.0);
    Cell {
        right: truth == called,
        shade: shade(share),
        images: cell_images(images),
        share: cell_share(share),
        says: format!("{} of {} called {}", cell_images(images), names[truth], names[called]),
    }
}

/// Of the difference of two: `second - first`, in the colour of what is right where that is for the better.
pub fn change_cell(names: &[String], [first, second]: [&MeanMatrix; 2], truth: usize, called: usize) -> Cell {
    let change = second.at(truth, called) - first.at(truth, called);
    let share = change / first.support(truth).max(1.0);
    let images = count_change(change);
    let signed = match cell_share(share.abs()) {
        text if share > 0.0 => format!("+{text}"),
        text if share < 0.0 => format!("−{text}"),
        text => text,
    };
    Cell {
        right: (truth == called) == (change > 0.0),
        shade: shade(share.abs()),
        says: format!("{images} of {} called {}", names[truth], names[called]),
        images,
        share: signed,
    }
}

/// What the numbers in the cells are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normaliser {
    /// Nothing: they are images.
    None,
    /// The images of the true class: each row sums to 100 %.
    TrueClass,
}

/// A matrix to draw.
#[derive(Clone, Debug)]
pub struct Confusion<'a> {
    /// Whose it is: `baseline, seed 0`.
    pub title: String,
    /// In the order of the rows.
    pub class_names: &'a [String],
    /// Images, or means of them over seeds.
    pub images: MeanMatrix,
}

impl Confusion<'_> {
    /// Draws it, every cell shaded by its share of the true class. The normaliser stands in the title. Of many classes
    /// the most confused ones are drawn, and the title says so. A matrix that does not fit the names is drawn as that
    /// sentence.
    pub fn sheet(&self, normaliser: Normaliser) -> Picture {
        let all = self.class_names.len();
        if all == 0 || self.images.classes() != all {
            return Picture::of_sentence(format!("The matrix does not fit the {all} classes."));
        }
        let shown = shown_classes(self.images.sum());
        let classes = shown.len();
        let names = shown.iter().map(|class| &self.class_names[*class]);
        let longest = names.clone().map(|name| text_width(name, TEXT)).fold(0.0, f64::max).ceil();
        let side = side(classes);
        let (left, top) = (longest + 52.0, 76.0);
        let grid = side * classes as f64;
        let subtitle = match normaliser {
            Normaliser::None => "Counts (not normalised); shade: share of the true class",
            Normaliser::TrueClass => "Normalised by true class: each row sums to 100 %",
        };
        let title = match left_out(all) {
            Some(which) => format!("{}, {which}", self.title),
            None => self.title.clone(),
        };
        let titles = text_width(&title, 16.0).max(text_width(subtitle, TEXT)).ceil();
        let width = left + grid.max(titles) + 24.0;
        let height = top + grid + longest * 0.72 + 60.0;
        let normalised = if normaliser == Normaliser::None { "" } else { ", normalised" };
        let mut picture = Picture::new(format!("Confusion matrix of {title}{normalised}"), width, height);
        picture.text(Text::at(left, 30.0, &title).sized(16.0));
        picture.text(Text::at(left, 52.0, subtitle).muted());
        for (row, (&truth, name)) in shown.iter().zip(names.clone()).enumerate() {
            let y = top + side * row as f64;
            let name = Text::at(left - 8.0, y + side / 2.0 + 4.0, name);
            picture.text(name.anchored(Anchor::End));
            for (column, &called) in shown.iter().enumerate() {
                let cell = cell(self.class_names, &self.images, truth, called);
                draw(&mut picture, &cell, normaliser, (left + side * column as f64, y, side));
            }
        }
        for (column, name) in names.enumerate() {
            let x = left + side * (column as f64 + 0.5) + 4.0;
            let name = Text::at(x, top + grid + 14.0, name);
            picture.text(name.anchored(Anchor::End).turned(Turn::Rising));
        }
        let middle = |text: Text| text.anchored(Anchor::Middle).sized(13.0);
        picture.text(middle(Text::at(left + grid / 2.0, height - 14.0, "Predicted label")));
        picture.text(middle(Text::at(20.0, top + grid / 2.0, "True label").turned(Turn::Upwards)));
        picture
    }
}

fn draw(picture: &mut Picture, cell: &Cell, normaliser: Normaliser, (x, y, side): (f64, f64, f64)) {
    let (ground, ink) = cell.colours();
    let square = Shape::rect(x, y, side, side).filled(ground).stroked(Colour::Rule, 0.5);
    picture.add(square.saying(&cell.says));
    let text = if normaliser == Normaliser::None { &cell.images } else { &cell.share };
    let size = if side > 40.0 { TEXT } else { 9.0 };
    let text = Text::at(x + side / 2.0, y + side / 2.0 + size * 0.36, text);
    picture.text(text.sized(size).coloured(ink).anchored(Anchor::Middle));
}

/// Many classes have small cells.
fn side(classes: usize) -> f64 {
    if classes <= 12 { 46.0 } else { 30.0 }
}
