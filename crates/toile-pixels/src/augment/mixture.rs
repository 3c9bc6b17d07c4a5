//! How the images of a batch are mixed, and how much of a label is left.

use crate::augment::image::Rectangle;

/// How each image of a batch is mixed with the one before it; the first with the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mixture {
    /// Of the image's own label; the other's has the rest.
    pub(super) share: f64,
    pub(super) how: Mixing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mixing {
    /// Every number is a weighted mean of both.
    Everywhere,
    /// In a rectangle there is the other image.
    Rectangle(Rectangle),
}
