//! The way back through a stage, where it is left to the stage before: what would be written and read once is made where
//! it is used.

use toile_kernels::batch_norm::{Backward, GradientTerms, Normalise, OutputGradient, WayBack};
use toile_kernels::layout::Images;

use crate::graph::place::TensorId;

/// The way back from the gradient of a stage's output to that of its input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Left<'a> {
    pub(crate) output: TensorId,
    pub(crate) with: Normalise<'a>,
    pub(crate) terms: &'a GradientTerms,
    /// With pooling: which pixel of each window won.
    pub(crate) winners: Option<&'a [u8]>,
}

impl<'a> Left<'a> {
    /// From an input and the gradient of its output.
    pub(crate) fn way_back(&self, images: usize, x: Images<'a>, dy: Images<'a>) -> WayBack<'a> {
        let gradient = match self.winners {
            Some(winners) => OutputGradient::Pooled { values: dy, winners },
            None => OutputGradient::Dense(dy),
        };
        WayBack::new(Backward { images, with: self.with, x, gradient }, self.terms)
    }
}

/// What the gradient of a stage's output is come by with.
#[derive(Debug)]
pub(crate) struct Gradient<'a> {
    /// The way back to it that a later stage has left; without, it is there.
    pub(crate) left: Option<Left<'a>>,
    pub(crate) images: usize,
    /// Room for an image's, a thread.
    pub(crate) room: &'a mut [f32],
}
