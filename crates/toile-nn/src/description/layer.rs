//! The layers of a network as PyTorch names them, with PyTorch's defaults.

use crate::setting::{Pair, Setting};

/// One entry of a network's list of layers.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// 2-d convolution (cross-correlation, as in PyTorch).
    Conv2d(Conv2d),
    /// Normalisation of each channel over batch and pixels (Ioffe and Szegedy 2015).
    BatchNorm2d(BatchNorm2d),
    /// max(x, 0).
    ReLU,
    /// x times the normal distribution function of x (Hendrycks and Gimpel 2016).
    GELU(Gelu),
    /// Largest value of each window.
    MaxPool2d(MaxPool2d),
    /// Mean of each window.
    AvgPool2d(AvgPool2d),
    /// Mean over as many windows as the output has pixels.
    AdaptiveAvgPool2d(AdaptiveAvgPool2d),
    /// Zeroes each value with probability p in training and scales the rest by 1 / (1 - p).
    Dropout(Dropout),
    /// The same for whole channels.
    Dropout2d(Dropout2d),
    /// Image to features, in PyTorch's order: channel, row, column.
    Flatten,
    /// x W^T + b.
    Linear(Linear),
    /// x - log(sum(exp(x))) over the classes; the last layer of every network.
    LogSoftmax,
    /// A block whose input is added to its output.
    Residual(Residual),
}

/// See [`Layer::Conv2d`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv2d {
    /// Channels of the output.
    pub out_channels: usize,
    /// Size of the window.
    pub kernel_size: Pair,
    /// Step of the window; 1.
    pub stride: Pair,
    /// Zeros added on each side; 0.
    pub padding: Pair,
    /// Whether a bias is learnt; true.
    pub bias: bool,
}

/// See [`Layer::BatchNorm2d`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm2d {
    /// Added to the variance; 1e-5.
    pub eps: f64,
    /// Weight of the newest batch in the running statistics; 0.1.
    pub momentum: f64,
}

impl Default for BatchNorm2d {
    fn default() -> Self {
        BatchNorm2d { eps: 1e-5, momentum: 0.1 }
    }
}

/// See [`Layer::GELU`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gelu {
    /// The tanh approximation instead of the error function (`approximate = "tanh"`); false.
    pub tanh: bool,
}

/// See [`Layer::MaxPool2d`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool2d {
    /// Size of the window.
    pub kernel_size: Pair,
    /// Step of the window; the kernel size.
    pub stride: Pair,
    /// Implicit minus infinity on each side, at most half the kernel; 0.
    pub padding: Pair,
    /// Round the output size up instead of down; false.
    pub ceil_mode: bool,
}

/// See [`Layer::AvgPool2d`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvgPool2d {
    /// Size of the window.
    pub kernel_size: Pair,
    /// Step of the window; the kernel size.
    pub stride: Pair,
    /// Zeros on each side, at most half the kernel; 0.
    pub padding: Pair,
    /// Round the output size up instead of down; false.
    pub ceil_mode: bool,
    /// Whether padding counts in the mean; true.
    pub count_include_pad: bool,
}

/// See [`Layer::AdaptiveAvgPool2d`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveAvgPool2d {
    /// Size of the output.
    pub output_size: Pair,
}

/// See [`Layer::Dropout`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// Probability to zero a value, in [0, 1); 0.5.
    pub p: f64,
}

/// See [`Layer::Dropout2d`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout2d {
    /// Probability to zero a channel, in [0, 1); 0.5.
    pub p: f64,
}

/// See [`Layer::Linear`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linear {
    /// Features of the output.
    pub out_features: usize,
    /// Whether a bias is learnt; true.
    pub bias: bool,
}

/// See [`Layer::Residual`].
#[derive(Clone, Debug, PartialEq)]
pub struct Residual {
    /// The block. Its output is added to its input.
    pub layers: Vec<Layer>,
    /// Send the input through a 1x1 convolution without bias, strided to match the block's output,
    /// instead of adding it as it is. Needed where the block changes the shape; false.
    pub projection: bool,
}

impl Layer {
    /// Its settings as a study file writes them, in the order of PyTorch's arguments; a block's layers are
    /// not among them.
    pub fn settings(&self) -> Vec<Setting> {
        match self {
            Layer::Conv2d(conv) => vec![
                Setting::new("out_channels", conv.out_channels),
                Setting::new("kernel_size", conv.kernel_size),
                Setting::new("stride", conv.stride),
                Setting::new("padding", conv.padding),
                Setting::new("bias", conv.bias),
            ],
            Layer::BatchNorm2d(norm) => {
                vec![Setting::new("eps", norm.eps), Setting::new("momentum", norm.momentum)]
            }
            Layer::GELU(gelu) => vec![Setting::new("approximate", if gelu.tanh { "tanh" } else { "none" })],
            Layer::MaxPool2d(pool) => vec![
                Setting::new("kernel_size", pool.kernel_size),
                Setting::new("stride", pool.stride),
                Setting::new("padding", pool.padding),
                Setting::new("ceil_mode", pool.ceil_mode),
            ],
            Layer::AvgPool2d(pool) => vec![
                Setting::new("kernel_size", pool.kernel_size),
                Setting::new("stride", pool.stride),
                Setting::new("padding", pool.padding),
                Setting::new("ceil_mode", pool.ceil_mode),
                Setting::new("count_include_pad", pool.count_include_pad),
            ],
            Layer::AdaptiveAvgPool2d(pool) => vec![Setting::new("output_size", pool.output_size)],
            Layer::Dropout(dropout) => vec![Setting::new("p", dropout.p)],
            Layer::Dropout2d(dropout) => vec![Setting::new("p", dropout.p)],
            Layer::Linear(linear) => {
                vec![Setting::new("out_features", linear.out_features), Setting::new("bias", linear.bias)]
            }
            Layer::Residual(block) => vec![Setting::new("projection", block.projection)],
            Layer::ReLU | Layer::Flatten | Layer::LogSoftmax => vec![],
        }
    }
}
