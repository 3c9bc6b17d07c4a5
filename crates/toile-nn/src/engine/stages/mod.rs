//! The stages of a plan: what runs forward, what runs backward, and the parameters they own.

pub(super) mod batch_norm;
pub(super) mod conv2d;
pub(super) mod linear;

pub(super) use toile_kernels::avg_pool2d::reference::AvgPoolGeometry;

use toile_kernels::activation::{self, Activation};
use toile_kernels::buffer::Buffer;
use toile_kernels::layout::{Images, Layout};
use toile_kernels::optimizer::Rule;
use toile_kernels::team::Team;
use toile_kernels::window::WindowGeometry;
use toile_kernels::{add, avg_pool2d, dropout, max_pool2d};

use super::parameters::Parameters;
use super::plan::Tensors;
use crate::description::TensorId;

/// What stages work with in a step.
pub(super) struct Context<'a> {
    pub(super) team: &'a mut Team,
    pub(super) tensors: &'a mut Tensors,
    pub(super) parameters: &'a mut Parameters,
    pub(super) images: usize,
    /// The batch, where it has not been copied into the input tensor.
    pub(super) in_place: Option<&'a [f32]>,
    /// Index of each image in its data set; empty in evaluation.
    pub(super) image_ids: &'a [u32],
    pub(super) seed: u64,
    pub(super) epoch: u32,
    /// Dropout drops and normalisation looks at the batch.
    pub(super) training: bool,
    pub(super) rule: Rule,
}

/// A tensor a stage reads, and what becomes of its gradient.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    pub(super) tensor: TensorId,
    /// Whether anybody needs the gradient.
    pub(super) gradient: bool,
    /// Whether somebody has written it before, going backward.
    pub(super) accumulate: bool,
    /// Whether the gradient of the stage's output, which it equals, is left to it, buffer and all.
    pub(super) shared: bool,
}

/// A dropout layer's mask.
#[derive(Debug)]
pub(super) struct Mask {
    p: f64,
    ordinal: u16,
    channels: bool,
    layout: Layout,
    values: Buffer,
}

impl Mask {
    pub(super) fn new(p: f64, ordinal: u16, channels: bool, layout: Layout, batch_size: usize) -> Mask {
        let layout = Layout::dense([layout.channels, layout.height, layout.width]);
        Mask { p, ordinal, channels, layout, values: Buffer::zeroed(layout.buffer_len(batch_size)) }
    }

    /// Draws the masks of a step.
    pub(super) fn draw(&mut self, team: &mut Team, seed: u64, epoch: u32, image_ids: &[u32]) {
        let Mask { p, ordinal, channels, layout, .. } = *self;
        let which = dropout::Mask { layout, p, channels, seed, ordinal, epoch, image_ids };
        dropout::mask(team, which, &mut self.values);
    }

    pub(super) fn images(&self) -> Images<'_> {
        Images { values: &self.values, layout: self.layout }
    }
}

/// One stage.
#[derive(Debug)]
pub(super) enum Stage {
    Conv2d(conv2d::Stage),
    Linear(linear::Stage),
    BatchNorm2d(batch_norm::Stage),
    Activation { activation: Activation, input: Source, output: TensorId },
    MaxPool2d { window: WindowGeometry, input: Source, output: TensorId, winners: Buffer },
    AvgPool2d { geometry: AvgPoolGeometry, input: Source, output: TensorId },
    Dropout { mask: Mask, input: Source, output: TensorId },
    Add { inputs: [Source; 2], output: TensorId },
}

impl Stage {
    pub(super) fn activation(activation: Activation, input: Source, output: TensorId) -> Stage {
        Stage::Activation { activation, input, output }
    }

    pub(super) fn dropout(
        p: f64,
        ordinal: u16,
        channels: bool,
        input: Source,
        output: TensorId,
        layout: Layout,
        batch_size: usize,
    ) -> Stage {
        Stage::Dropout { mask: Mask::new(p, ordinal, channels, layout, batch_size), input, output }
    }

    /// What it reads, in the order in which it writes the gradients.
    pub(super) fn sources(&mut self) -> &mut [Source] {
        match self {
            Stage::Conv2d(stage) => std::slice::from_mut(&mut stage.input),
            Stage::Linear(stage) => std::slice::from_mut(&mut stage.input),
            Stage::BatchNorm2d(stage) => &mut stage.sources,
            Stage::Activation { input, .. }
            | Stage::MaxPool2d { input, .. }
            | Stage::AvgPool2d { input, .. }
            | Stage::Dropout { input, .. } => std::slice::from_mut(input),
            Stage::Add { inputs, .. } => inputs,
        }
    }

    /// What it writes.
    pub(super) fn output(&self) -> TensorId {
        match self {
            Stage::Conv2d(stage) => stage.output,
            Stage::Linear(stage) => stage.output,
            Stage::BatchNorm2d(stage) => stage.output,
            Stage::Activation { output, .. }
            | Stage::MaxPool2d { output, .. }
            | Stage::AvgPool2d { output, .. }
            | Stage::Dropout { output, .. }
            | Stage::Add { output, .. } => *output,
        }
    }

    /// A sum's skip, its other summand (or what that is made of) and its output.
    pub(super) fn sum(&mut self) -> Option<(&mut Source, TensorId, TensorId)> {
        match self {
            Stage::Add { inputs: [input, skip], output } => Some((skip, input.tensor, *output)),
            Stage::BatchNorm2d(stage) => stage.sum(),
            _ => None,
        }
    }

    pub(super) fn forward(&mut self, context: &mut Context<'_>) {
        let images = context.images;
        match self {
            Stage::Conv2d(stage) => stage.forward(context),
            Stage::Linear(stage) => stage.forward(context),
            Stage::BatchNorm2d(stage) => stage.forward(context),
            Stage::Activation { activation, input, output } => {
                let ([x], y) = context.tensors.forward([input.tensor], *output);
                activation::forward(context.team, *activation, images, x, y);
            }
            Stage::MaxPool2d { window, input, output, winners } => {
                let ([x], y) = context.tensors.forward([input.tensor], *output);
                max_pool2d::forward(context.team, *window, images, x, y, winners);
            }
            Stage::AvgPool2d { geometry, input, output } => {
                let ([x], y) = context.tensors.forward([input.tensor], *output);
                avg_pool2d::forward(context.team, *geometry, images, x, y);
            }
            Stage::Dropout { mask, input, output } => {
                let ([x], y) = context.tensors.forward([input.tensor], *output);
                if context.training {
                    mask.draw(context.team, context.seed, context.epoch, context.image_ids);
                    dropout::apply(context.team, images, [x, mask.images()], false, y);
                } else {
                    // Evaluation copies: the gradient of a sum does just that.
                    add::backward(context.team, images, x, false, y);
                }
            }
            Stage::Add { inputs, output } => {
                let (summands, y) = context.tensors.forward(inputs.map(|i| i.tensor), *output);
                add::forward(context.team, images, summands, y);
            }
        }
    }

    pub(super) fn backward(&mut self, context: &mut Context<'_>) {
        let images = context.images;
        match self {
            Stage::Conv2d(stage) => stage.backward(context),
            Stage::Linear(stage) => stage.backward(context),
            Stage::BatchNorm2d(stage) => stage.backward(context),
            Stage::Add { inputs, output } => {
                for input in inputs.iter().filter(|input| input.gradient && !input.shared) {
                    let ([.., dy], dx) = context.tensors.backward(input.tensor, *output);
                    add::backward(context.team, images, dy, input.accumulate, dx);
                }
            }
            Stage::Activation { input, .. }
            | Stage::MaxPool2d { input, .. }
            | Stage::AvgPool2d { input, .. }
            | Stage::Dropout { input, .. }
                if !input.gradient => {}
            Stage::Activation { activation, input, output } => {
                let ([x, _, dy], dx) = context.tensors.backward(input.tensor, *output);
                activation::backward(context.team, *activation, images, [x, dy], input.accumulate, dx);
            }
            Stage::MaxPool2d { window, input, output, winners } => {
                let ([.., dy], dx) = context.tensors.backward(input.tensor, *output);
                max_pool2d::backward(context.team, *window, images, dy, winners, input.accumulate, dx);
            }
            Stage::AvgPool2d { geometry, input, output } => {
                let ([.., dy], dx) = context.tensors.backward(input.tensor, *output);
                avg_pool2d::backward(context.team, *geometry, images, dy, input.accumulate, dx);
            }
            Stage::Dropout { mask, input, output } => {
                let ([.., dy], dx) = context.tensors.backward(input.tensor, *output);
                dropout::apply(context.team, images, [dy, mask.images()], input.accumulate, dx);
            }
        }
    }
}
