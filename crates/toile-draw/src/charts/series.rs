//! What a line chart shows: lines with what several seeds make of them, and published figures.

use crate::curves::Images;

/// A mean over seeds with the lowest and the highest of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Where on the horizontal axis.
    pub x: f64,
    /// Their mean.
    pub mean: f64,
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series<'a> {
    /// Index of the model, which gives the colour.
    pub model: usize,
    /// Name of the model.
    pub name: &'a str,
    /// On which images, told by its dashes; training where there is nothing to tell.
    pub images: Images,
    /// Finite values only.
    pub points: Vec<Point>,
    /// Single runs that are no part of the mean: under way or diverged.
    pub others: Vec<Other>,
}

/// A run by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// What it is called: `seed 0`.
    pub name: String,
    /// Finite values only, one or more.
    pub points: Vec<(f64, f64)>,
}

/// Somebody's figure at the end of a model's line.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Index of the model.
    pub model: usize,
    /// Where on the horizontal axis.
    pub x: f64,
    /// The figure.
    pub value: f64,
    /// What it says.
    pub label: String,
}
