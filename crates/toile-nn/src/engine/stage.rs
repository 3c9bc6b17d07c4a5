//! A stage of a plan: what it is built from, and what it works with in a step.

use std::sync::Arc;

use toile_kernels::buffer::OutOfMemory;
use toile_kernels::layout::Layout;
use toile_kernels::team::Team;

use super::left::{FromOthers, Left, LeftOutput};
use super::parameters::{Packing, Parameters};
use super::tensors::Tensors;
use crate::graph::follow::Follow;
use crate::graph::place::{Place, TensorId};
use crate::graph::tail::Tail;

/// What runs forward, and backward with the updates of its own parameters.
pub(crate) trait Stage: std::fmt::Debug + Send {
    /// Writes its output.
    fn forward(&mut self, _context: &mut Context<'_>) {
        unreachable!("`forward_with_left` of this stage does not come here")
    }

    /// Writes the gradients of its sources, or adds to them, and updates its parameters. Not called where neither
    /// it nor what is before it learns.
    fn backward(&mut self, _context: &mut Context<'_>) {
        unreachable!("`backward_with_left` of this stage does not come here")
    }

    /// [`forward`](Stage::forward), with the output that an earlier stage may have left to one that makes its input.
    fn forward_with_left(&mut self, context: &mut Context<'_>, output: Option<LeftOutput<'_>>) {
        assert!(output.is_none(), "only for a stage that makes its input");
        self.forward(context);
    }

    /// [`backward`](Stage::backward), with what others may have left to one that makes its input or takes ways back.
    fn backward_with_left(&mut self, context: &mut Context<'_>, from_others: FromOthers<'_>) {
        let FromOthers { left, output } = from_others;
        assert!(
            left.is_none() && output.is_none(),
            "only for a stage that makes its input or takes ways back"
        );
        self.backward(context);
    }

    /// After `forward`: the output that it has left to a later stage.
    fn left_output(&mut self) -> LeftOutput<'_> {
        unreachable!("only for a stage that leaves its output")
    }

    /// After `backward`: the way back that it has left to an earlier stage.
    fn left(&self) -> Left<'_> {
        unreachable!("only for a stage that leaves its way back")
    }
}

/// What stages work with in a step.
pub(crate) struct Context<'a> {
    pub(crate) team: &'a mut Team,
    pub(crate) tensors: &'a mut Tensors,
    pub(crate) parameters: &'a mut Parameters,
    pub(crate) images: usize,
    /// The batch, where it has not been copied into the input tensor.
    pub(crate) in_place: Option<&'a [f32]>,
    /// Index of each image in its data set; empty in evaluation.
    pub(crate) image_ids: &'a [u32],
    pub(crate) seed: u64,
    pub(crate) epoch: u32,
    /// Dropout drops and normalisation looks at the batch.
    pub(crate) training: bool,
    /// What the batch is to running statistics, in training.
    pub(crate) follow: Follow,
}

/// A tensor a stage reads, and what becomes of its gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) tensor: TensorId,
    /// Whether anybody needs the gradient.
    pub(crate) gradient: bool,
    /// Whether somebody has written it before, going backward.
    pub(crate) accumulate: bool,
    /// Whether the gradient of the stage's output, which it equals, is left to it, buffer and all.
    pub(crate) shared: bool,
}

/// How large everything that belongs to a batch has to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Images of the largest training batch.
    pub(crate) batch_size: usize,
    /// Images of the largest batch of either kind.
    pub(crate) capacity: usize,
    pub(crate) threads: usize,
}

/// All that a layer is told to build its stage.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site<'a> {
    /// Of the layer itself.
    pub(crate) place: &'a Place,
    /// Whether each of its parameters is trained.
    pub(crate) learns: &'a [bool],
    /// What the stage does beside, in this order.
    pub(crate) tails: &'a [Tail],
    /// The skip of a sum among the tails, then the layer's own inputs: the order in which the gradients are
    /// written.
    pub(crate) sources: &'a [Source],
    /// Of the last of the tails.
    pub(crate) output: TensorId,
    /// Of the layer's own first input.
    pub(crate) input_layout: Layout,
    pub(crate) output_layout: Layout,
    /// Whether a later stage wants the moments of the output.
    pub(crate) measures: bool,
    /// Whether an earlier stage has taken the moments of the input.
    pub(crate) measured: bool,
    /// Whether a later stage leaves the gradient of the output to this one.
    pub(crate) is_left: bool,
    /// Whether this one leaves the gradient of the input to an earlier stage.
    pub(crate) leaves: bool,
    /// Whether an earlier stage leaves its output, the input, to this one.
    pub(crate) makes_input: bool,
    /// Whether this one leaves its output to a later stage.
    pub(crate) leaves_output: bool,
    pub(crate) sizes: Sizes,
}

impl Site<'_> {
    /// Values of so many images of the gradient of the output, where a later stage leaves that to this one.
    pub(crate) fn room_len(&self, images: usize) -> usize {
        if self.is_left { images * self.output_layout.image_stride() } else { 0 }
    }

    /// Values of an image a thread of the input, where an earlier stage leaves that to this one.
    pub(crate) fn input_room_len(&self) -> usize {
        if self.makes_input { self.sizes.threads * self.input_layout.image_stride() } else { 0 }
    }
}

/// A layer's stage; none where the layer is a view, an error where there is no memory for its buffers.
pub(crate) type Build = Result<Option<Built>, OutOfMemory>;

/// A stage, and how its parameters lie in memory: those beyond the list lie as in PyTorch.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) stage: Box<dyn Stage>,
    pub(crate) packings: Vec<Arc<dyn Packing>>,
}
