//! A checked network: operations in the order they run, with every shape known.

use super::layer::Layer;
use crate::setting::Pair;

/// Shape of one image's tensor (the batch is implied).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Kept in memory as [height][width][channels].
    Image {
        /// Number of channels.
        channels: usize,
        /// Number of rows.
        height: usize,
        /// Number of columns.
        width: usize,
    },
    /// A vector. Where it comes from flattening an image, `flattened` is that image's
    /// [channels, height, width]: the values still lie in memory as [height][width][channels], and the
    /// `Linear` layer that follows permutes its weight's columns instead.
    Features {
        /// Number of values.
        len: usize,
        /// Shape of the image it was, if it was one.
        flattened: Option<[usize; 3]>,
    },
}

impl Shape {
    /// Number of values.
    pub fn len(self) -> usize {
        match self {
            Shape::Image { channels, height, width } => channels * height * width,
            Shape::Features { len, .. } => len,
        }
    }

    /// Whether there is no value at all.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Channels, height and width; features are channels of one pixel.
    pub fn dims(self) -> [usize; 3] {
        match self {
            Shape::Image { channels, height, width } => [channels, height, width],
            Shape::Features { len, .. } => [len, 1, 1],
        }
    }
}

/// 0 is the network's input; `n + 1` is the output of node `n`.
pub type TensorId = usize;

/// Geometry of a sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Size of the window.
    pub kernel: Pair,
    /// Its step.
    pub stride: Pair,
    /// Padding on each side.
    pub padding: Pair,
}

/// One operation. Parameter indices point into [`Network::parameters`].
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// `weight` [out, in, kh, kw].
    Conv2d {
        /// The sliding window.
        window: Window,
        /// Index of the weight.
        weight: usize,
        /// Index of the bias.
        bias: Option<usize>,
    },
    /// Four parameters in a row: weight, bias, running_mean, running_var, each [channels].
    BatchNorm2d {
        /// Added to the variance.
        eps: f64,
        /// Weight of the newest batch.
        momentum: f64,
        /// Index of the first of the four.
        weight: usize,
    },
    /// max(x, 0).
    ReLU,
    /// See [`Layer::GELU`].
    GELU {
        /// The tanh approximation.
        tanh: bool,
    },
    /// Largest value of each window; padding is minus infinity.
    MaxPool2d {
        /// The sliding window (the last one may hang over the edge under `ceil_mode`).
        window: Window,
    },
    /// Mean of each window.
    AvgPool2d {
        /// The sliding window (the last one may hang over the edge under `ceil_mode`).
        window: Window,
        /// Whether padding counts.
        count_include_pad: bool,
    },
    /// Mean over windows from floor(i H / out) to ceil((i + 1) H / out).
    AdaptiveAvgPool2d,
    /// Each value dropped on its own; `ordinal` numbers the dropout layers of a network.
    Dropout {
        /// Probability to drop.
        p: f64,
        /// Which dropout layer.
        ordinal: u16,
    },
    /// Whole channels dropped.
    Dropout2d {
        /// Probability to drop.
        p: f64,
        /// Which dropout layer.
        ordinal: u16,
    },
    /// Nothing moves in memory; see [`Shape::Features`].
    Flatten,
    /// `weight` [out, in].
    Linear {
        /// Index of the weight.
        weight: usize,
        /// Index of the bias.
        bias: Option<usize>,
    },
    /// Over the features.
    LogSoftmax,
    /// `input` + `skip`.
    Add {
        /// The other summand.
        skip: TensorId,
    },
}

impl Op {
    /// Its name, as PyTorch has it.
    pub fn kind(&self) -> &'static str {
        match self {
            Op::Conv2d { .. } => "Conv2d",
            Op::BatchNorm2d { .. } => "BatchNorm2d",
            Op::ReLU => "ReLU",
            Op::GELU { .. } => "GELU",
            Op::MaxPool2d { .. } => "MaxPool2d",
            Op::AvgPool2d { .. } => "AvgPool2d",
            Op::AdaptiveAvgPool2d => "AdaptiveAvgPool2d",
            Op::Dropout { .. } => "Dropout",
            Op::Dropout2d { .. } => "Dropout2d",
            Op::Flatten => "Flatten",
            Op::Linear { .. } => "Linear",
            Op::LogSoftmax => "LogSoftmax",
            Op::Add { .. } => "Add",
        }
    }
}

/// One operation with its input and the shapes around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What is done.
    pub op: Op,
    /// The tensor it reads. It writes tensor `index of the node + 1`.
    pub input: TensorId,
    /// Shape of the input.
    pub input_shape: Shape,
    /// Shape of the output.
    pub output_shape: Shape,
    /// Where the user wrote it: indices into the nested lists of layers.
    pub path: Vec<usize>,
}

/// What a parameter tensor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// Weight of a convolution or linear layer.
    Weight,
    /// Bias of a convolution or linear layer.
    Bias,
    /// Scale of a BatchNorm (starts at 1).
    Scale,
    /// Shift of a BatchNorm (starts at 0).
    Shift,
    /// Running mean: a buffer, not trained (starts at 0).
    RunningMean,
    /// Running variance: a buffer, not trained (starts at 1).
    RunningVariance,
}

/// A named tensor of the network's state dict.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// State-dict key, as `conv1.weight`.
    pub name: String,
    /// Shape in PyTorch's order.
    pub shape: Vec<usize>,
    /// What it is.
    pub kind: ParameterKind,
    /// Inputs that feed one output, for the initialisation; 0 where it does not matter.
    pub fan_in: usize,
}

impl Parameter {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is no value at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the optimizer changes it.
    pub fn trained(&self) -> bool {
        !matches!(self.kind, ParameterKind::RunningMean | ParameterKind::RunningVariance)
    }
}

/// A checked network. Made by [`super::resolve`]; the last node is always `LogSoftmax` over the classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// What the user wrote.
    pub layers: Vec<Layer>,
    /// Shape of an image.
    pub input: Shape,
    /// Operations in the order they run.
    pub nodes: Vec<Node>,
    /// Tensors of the state dict in the order of the layers.
    pub parameters: Vec<Parameter>,
    /// Number of classes.
    pub classes: usize,
}

impl Network {
    /// Number of trained values.
    pub fn parameter_count(&self) -> usize {
        self.parameters.iter().filter(|p| p.trained()).map(Parameter::len).sum()
    }
}
