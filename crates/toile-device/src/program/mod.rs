//! What a device does with one image, step by step.

mod curve;
mod lower;
mod merge;

pub use curve::Curve;
pub use lower::lower;

use std::ops::Range;

/// A value between steps: 0 is the normalized image.
pub type TensorId = usize;

/// Steps in the order they run. Images lie as `[row][column][channel]`; features are channels of one pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Channels, rows and columns of the image.
    pub image: [usize; 3],
    /// What is done to it.
    pub steps: Vec<Step>,
    /// What probabilities are made of.
    pub logits: TensorId,
    /// Number of classes.
    pub classes: usize,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// A name of its own, of letters, digits and underscores: `conv1`, `max_pool_3`.
    pub name: String,
    /// What is done.
    pub operation: Operation,
    /// What it reads.
    pub inputs: Vec<TensorId>,
    /// What it writes.
    pub output: TensorId,
    /// Channels, rows and columns of the first input.
    pub from: [usize; 3],
    /// Channels, rows and columns of the output.
    pub to: [usize; 3],
    /// Which of the network's nodes it comes from; the first, where several became one.
    pub node: usize,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// A convolution; a linear layer is one of a single pixel.
    Convolution(Convolution),
    /// The largest value of each window.
    MaxPool(Windows),
    /// The mean of each window.
    MeanPool(Windows),
    /// Each group of channels less its mean, over its deviation.
    GroupNorm(GroupNorm),
    /// A function of each value by itself.
    Curve(Curve),
    /// Two inputs added.
    Sum {
        /// Whether what is below 0 becomes 0.
        relu: bool,
    },
    /// The first input, each of its channels multiplied with one value of the second.
    Product,
}

/// A convolution, what is below 0 made 0 where it has ReLU, and the largest value of each tile.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution {
    /// Rows and columns of the window.
    pub kernel: [usize; 2],
    /// Its step.
    pub stride: [usize; 2],
    /// Zeros on each side.
    pub padding: [usize; 2],
    /// From one pixel of the window to the next.
    pub dilation: [usize; 2],
    /// Groups of channels.
    pub groups: usize,
    /// `[output][kernel row][kernel column][input of its group]`.
    pub weight: Vec<f32>,
    /// One an output.
    pub bias: Vec<f32>,
    /// Whether what is below 0 becomes 0.
    pub relu: bool,
    /// Rows and columns of the tiles whose largest value is kept; 1 and 1 for every pixel.
    pub tile: [usize; 2],
}

impl Convolution {
    /// Of a single pixel: `weight` is `[output][input]`.
    pub fn of_a_pixel(weight: Vec<f32>, bias: Vec<f32>) -> Convolution {
        let one = [1, 1];
        let (padding, groups, relu) = ([0, 0], 1, false);
        Convolution {
            kernel: one,
            stride: one,
            padding,
            dilation: one,
            groups,
            weight,
            bias,
            relu,
            tile: one,
        }
    }

    /// A factor and a summand a channel.
    pub fn scale_and_shift(scale: Vec<f32>, shift: Vec<f32>) -> Convolution {
        Convolution { groups: scale.len(), ..Convolution::of_a_pixel(scale, shift) }
    }

    /// Whether it does nothing but scale and shift channels, each value by itself.
    pub fn is_scale_and_shift(&self) -> bool {
        (self.kernel, self.stride, self.padding, self.tile) == ([1, 1], [1, 1], [0, 0], [1, 1])
            && self.groups == self.bias.len()
            && self.weight.len() == self.bias.len()
    }
}

/// Windows of a pooling, along either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Windows {
    /// A span a row of the output.
    pub rows: Vec<Span>,
    /// A span a column of the output.
    pub columns: Vec<Span>,
}

/// A window along one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The pixels under it.
    pub inside: Range<usize>,
    /// How many count in a mean: padding may.
    pub count: usize,
}

/// Normalisation of groups of channels.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupNorm {
    /// How many.
    pub groups: usize,
    /// Added to the variance.
    pub eps: f32,
    /// A factor a channel.
    pub scale: Vec<f32>,
    /// A summand a channel.
    pub shift: Vec<f32>,
}

impl Step {
    /// Values of what it writes.
    pub fn len(&self) -> usize {
        self.to.iter().product()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it may write its output over its first input.
    pub fn runs_in_place(&self) -> bool {
        match &self.operation {
            Operation::Convolution(convolution) => convolution.is_scale_and_shift(),
            Operation::Curve(_) | Operation::Sum { .. } | Operation::Product => true,
            Operation::MaxPool(_) | Operation::MeanPool(_) | Operation::GroupNorm(_) => false,
        }
    }
}

impl Program {
    /// Values of the image.
    pub fn image_len(&self) -> usize {
        self.image.iter().product()
    }

    /// How many steps read a tensor; being the logits counts as one.
    pub fn readers(&self, tensor: TensorId) -> usize {
        let inputs = self.steps.iter().flat_map(|step| &step.inputs);
        inputs.filter(|input| **input == tensor).count() + usize::from(self.logits == tensor)
    }

    /// Multiplications of the convolutions, for one image.
    pub fn multiplications(&self) -> usize {
        let of = |step: &Step| match &step.operation {
            Operation::Convolution(convolution) => {
                let pixels = step.to[1] * step.to[2] * convolution.tile[0] * convolution.tile[1];
                convolution.weight.len() * pixels
            }
            _ => 0,
        };
        self.steps.iter().map(of).sum()
    }
}
