//! What a stage leaves to another: what would be written and read once is made where it is used. The way back through
//! a stage is left to the stage before, its output to the stage behind.

use toile_kernels::batch_norm::{
    Backward, GradientTerms, Input, InputSums, Normalise, OutputGradient, WayBack, WayIn,
};
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

/// An output that is made where it is read.
#[derive(Debug)]
pub(crate) struct LeftOutput<'a> {
    /// What it is made of.
    pub(crate) made_of: TensorId,
    pub(crate) with: Normalise<'a>,
    /// Where each image's sums of the output's gradient go.
    pub(crate) sums: &'a mut [f32],
}

impl<'a> LeftOutput<'a> {
    /// The output of so many images.
    pub(crate) fn input(self, images: usize, x: Images<'a>, room: &'a mut [f32]) -> Input<'a> {
        Input::Normalised { way_in: WayIn::new(images, self.with, x), room }
    }

    /// The same, and its gradient's sums.
    pub(crate) fn input_and_sums(
        self,
        images: usize,
        x: Images<'a>,
        room: &'a mut [f32],
    ) -> (Input<'a>, InputSums<'a>) {
        let way_in = WayIn::new(images, self.with, x);
        (Input::Normalised { way_in, room }, InputSums { way_in, sums: self.sums })
    }
}

/// What other stages have left to one going backward.
#[derive(Debug, Default)]
pub(crate) struct FromOthers<'a> {
    /// A later one: the way back to its output's gradient. Without, that is there.
    pub(crate) left: Option<Left<'a>>,
    /// An earlier one: its input. Without, that is there.
    pub(crate) output: Option<LeftOutput<'a>>,
}

/// Where a stage keeps an image a thread of what others have left to it.
#[derive(Debug)]
pub(crate) struct Rooms<'a> {
    /// Of the gradient of its output.
    pub(crate) gradient: &'a mut [f32],
    /// Of its input.
    pub(crate) input: &'a mut [f32],
}
