//! From layers to a checked network: shapes, names, tensor indices.

use std::collections::HashMap;

use super::layer::{Layer, Residual};
use super::network::{Network, Node, Op, Parameter, ParameterKind, Shape, TensorId, Window};
use crate::setting::Pair;

/// Why a list of layers is no network, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescriptionError {
    /// Indices into the nested lists of layers; empty where the list as a whole is meant.
    pub path: Vec<usize>,
    /// What is wrong, with the shapes involved.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl std::fmt::Display for DescriptionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place: Vec<String> = self.path.iter().map(|i| (i + 1).to_string()).collect();
        let place = if place.is_empty() { String::new() } else { format!("layer {}: ", place.join(".")) };
        write!(f, "{place}{} ({})", self.message, self.help)
    }
}

impl std::error::Error for DescriptionError {}

/// Checks `layers` on images of `input` shape (channels, height, width) with `classes` classes.
pub fn resolve(input: [usize; 3], layers: &[Layer], classes: usize) -> Result<Network, DescriptionError> {
    let [channels, height, width] = input;
    let shape = Shape::Image { channels, height, width };
    let mut builder = Builder { nodes: vec![], parameters: vec![], counts: HashMap::new(), dropouts: 0 };
    if layers.is_empty() {
        return Err(error(&[], "the network has no layers", "list at least Flatten, Linear and LogSoftmax"));
    }
    let (_, last) = builder.list(layers, 0, shape, &mut vec![])?;
    let last_path = [layers.len() - 1];
    if layers.last() != Some(&Layer::LogSoftmax) {
        let help =
            "end the list with \"LogSoftmax\": the loss (negative log likelihood) needs log-probabilities";
        return Err(error(&last_path, "the network does not end in LogSoftmax", help));
    }
    if !builder.parameters.iter().any(Parameter::trained) {
        return Err(error(&[], "the network has nothing to learn", "add a Linear layer"));
    }
    if last.len() != classes {
        let message = format!("the network has {} outputs, the data set {classes} classes", last.len());
        let help = format!("give the last Linear layer out_features = {classes}");
        return Err(error(&last_path, &message, &help));
    }
    let (nodes, parameters) = (builder.nodes, builder.parameters);
    Ok(Network { layers: layers.to_vec(), input: shape, nodes, parameters, classes })
}

fn error(path: &[usize], message: &str, help: &str) -> DescriptionError {
    DescriptionError { path: path.to_vec(), message: message.to_string(), help: help.to_string() }
}

/// Values one image may have between two layers: 256 MiB.
const VALUES_MAX: u128 = 1 << 26;
/// Parameters a network may have: 8 GiB, and three times that for Adam.
const PARAMETERS_MAX: u128 = 1 << 31;

struct Builder {
    nodes: Vec<Node>,
    parameters: Vec<Parameter>,
    counts: HashMap<&'static str, usize>,
    dropouts: u16,
}

impl Builder {
    /// Appends a list of layers; returns the tensor and shape it ends in.
    fn list(
        &mut self,
        layers: &[Layer],
        mut tensor: TensorId,
        mut shape: Shape,
        path: &mut Vec<usize>,
    ) -> Result<(TensorId, Shape), DescriptionError> {
        for (index, layer) in layers.iter().enumerate() {
            path.push(index);
            if *layer == Layer::LogSoftmax && (path.len() > 1 || index + 1 != layers.len()) {
                let help = "keep one LogSoftmax, as the last layer of the network";
                return Err(error(path, "LogSoftmax before the end of the network", help));
            }
            (tensor, shape) = match layer {
                Layer::Residual(block) => self.residual(block, tensor, shape, path)?,
                layer => {
                    let (op, output) = self.op(layer, shape, path)?;
                    self.refuse_too_large(output, path)?;
                    self.push(op, tensor, shape, output, path)
                }
            };
            path.pop();
        }
        Ok((tensor, shape))
    }

    /// No product of sizes overflows behind this check, neither here nor where memory is planned.
    fn refuse_too_large(&self, output: Shape, path: &[usize]) -> Result<(), DescriptionError> {
        let product = |sizes: &[usize]| sizes.iter().fold(1u128, |p, &size| p.saturating_mul(size as u128));
        let values = product(&output.dims());
        let parameters: u128 = self.parameters.iter().map(|p| product(&p.shape)).sum();
        let help = "choose fewer channels or features, or pool before this layer";
        if values > VALUES_MAX {
            let message = format!("an image would become {values} values here, more than {VALUES_MAX}");
            return Err(error(path, &message, help));
        }
        if parameters > PARAMETERS_MAX {
            let message = format!("the network has {parameters} parameters here, more than {PARAMETERS_MAX}");
            return Err(error(path, &message, help));
        }
        Ok(())
    }

    fn push(&mut self, op: Op, input: TensorId, from: Shape, to: Shape, path: &[usize]) -> (TensorId, Shape) {
        self.nodes.push(Node { op, input, input_shape: from, output_shape: to, path: path.to_vec() });
        (self.nodes.len(), to)
    }

    fn residual(
        &mut self,
        block: &Residual,
        input: TensorId,
        shape: Shape,
        path: &mut Vec<usize>,
    ) -> Result<(TensorId, Shape), DescriptionError> {
        if block.layers.is_empty() {
            return Err(error(
                path,
                "a Residual block without layers",
                "list the block's layers, or remove it",
            ));
        }
        let (main, output) = self.list(&block.layers, input, shape, path)?;
        let skip = match (block.projection, shape, output) {
            (false, ..) if addable(shape, output) => input,
            (false, Shape::Features { len, .. }, Shape::Features { len: to, .. }) if len == to => {
                let message = format!(
                    "a Residual block cannot add {output} to {shape} of a flattened image: \
                     they lie in another order"
                );
                return Err(error(path, &message, "put a Linear layer in front of the block"));
            }
            (false, ..) => {
                let message = format!("a Residual block turns {shape} into {output}: they cannot be added");
                return Err(error(path, &message, "set projection = true, or make the block keep the shape"));
            }
            (
                true,
                Shape::Image { channels, height, width },
                Shape::Image { channels: to, height: h, width: w },
            ) => {
                let stride = Pair { height: height.div_ceil(h), width: width.div_ceil(w) };
                let window = Window { kernel: Pair::square(1), stride, padding: Pair::square(0) };
                if (height - 1) / stride.height + 1 != h || (width - 1) / stride.width + 1 != w {
                    let message = format!("no strided 1x1 projection turns {shape} into {output}");
                    return Err(error(path, &message, "make the block divide height and width evenly"));
                }
                let name = self.name("projection");
                let weight = self.weight(&name, vec![to, channels, 1, 1], channels);
                self.push(Op::Conv2d { window, weight, bias: None }, input, shape, output, path).0
            }
            (true, ..) => {
                return Err(error(path, "a projection needs images on both sides", "set projection = false"));
            }
        };
        Ok(self.push(Op::Add { skip }, main, output, output, path))
    }

    /// The next name of its kind: conv1, conv2, fc1.
    fn name(&mut self, kind: &'static str) -> String {
        let count = self.counts.entry(kind).or_insert(0);
        *count += 1;
        format!("{kind}{count}")
    }

    fn parameter(&mut self, name: String, shape: Vec<usize>, kind: ParameterKind, fan_in: usize) -> usize {
        self.parameters.push(Parameter { name, shape, kind, fan_in });
        self.parameters.len() - 1
    }

    fn weight(&mut self, layer: &str, shape: Vec<usize>, fan_in: usize) -> usize {
        self.parameter(format!("{layer}.weight"), shape, ParameterKind::Weight, fan_in)
    }

    fn bias(&mut self, wanted: bool, layer: &str, len: usize, fan_in: usize) -> Option<usize> {
        wanted.then(|| self.parameter(format!("{layer}.bias"), vec![len], ParameterKind::Bias, fan_in))
    }

    /// One layer that is no block: its operation and output shape.
    fn op(&mut self, layer: &Layer, shape: Shape, path: &[usize]) -> Result<(Op, Shape), DescriptionError> {
        let image = |what: &str| match shape {
            Shape::Image { channels, height, width } => Ok((channels, height, width)),
            Shape::Features { .. } => {
                let message = format!("{what} needs an image, but gets {shape}");
                let help = if *layer == Layer::Flatten { "remove it" } else { "move it in front of Flatten" };
                Err(error(path, &message, help))
            }
        };
        let probability = |p: f64| {
            if (0.0..1.0).contains(&p) {
                return Ok(p);
            }
            Err(error(
                path,
                &format!("dropout probability p = {p}"),
                "choose p from 0 (inclusive) to 1 (exclusive)",
            ))
        };
        let positive = |value: usize, what: &str| {
            if value > 0 {
                return Ok(());
            }
            Err(error(path, &format!("{what} = 0"), "choose 1 or more"))
        };
        Ok(match layer {
            Layer::Conv2d(conv) => {
                let (channels, height, width) = image("Conv2d")?;
                positive(conv.out_channels, "out_channels")?;
                let window = Window { kernel: conv.kernel_size, stride: conv.stride, padding: conv.padding };
                let (h, w) = slide(window, false, height, width, "Conv2d", path)?;
                let name = self.name("conv");
                let Pair { height: kh, width: kw } = conv.kernel_size;
                let fan_in = channels * kh * kw;
                let weight = self.weight(&name, vec![conv.out_channels, channels, kh, kw], fan_in);
                let bias = self.bias(conv.bias, &name, conv.out_channels, fan_in);
                let output = Shape::Image { channels: conv.out_channels, height: h, width: w };
                (Op::Conv2d { window, weight, bias }, output)
            }
            Layer::BatchNorm2d(norm) => {
                let (channels, ..) = image("BatchNorm2d")?;
                if !(norm.eps > 0.0 && norm.eps.is_finite()) {
                    return Err(error(
                        path,
                        &format!("eps = {}", norm.eps),
                        "choose a small positive number, as 1e-5",
                    ));
                }
                if !(0.0..=1.0).contains(&norm.momentum) {
                    return Err(error(
                        path,
                        &format!("momentum = {}", norm.momentum),
                        "choose it from 0 to 1, as 0.1",
                    ));
                }
                let name = self.name("bn");
                let mut add =
                    |what: &str, kind| self.parameter(format!("{name}.{what}"), vec![channels], kind, 0);
                let weight = add("weight", ParameterKind::Scale);
                add("bias", ParameterKind::Shift);
                add("running_mean", ParameterKind::RunningMean);
                add("running_var", ParameterKind::RunningVariance);
                (Op::BatchNorm2d { eps: norm.eps, momentum: norm.momentum, weight }, shape)
            }
            Layer::ReLU => (Op::ReLU, shape),
            Layer::GELU(gelu) => (Op::GELU { tanh: gelu.tanh }, shape),
            Layer::MaxPool2d(pool) => {
                let (channels, height, width) = image("MaxPool2d")?;
                let window = Window { kernel: pool.kernel_size, stride: pool.stride, padding: pool.padding };
                half_padding(window, path)?;
                let (height, width) = slide(window, pool.ceil_mode, height, width, "MaxPool2d", path)?;
                (Op::MaxPool2d { window }, Shape::Image { channels, height, width })
            }
            Layer::AvgPool2d(pool) => {
                let (channels, height, width) = image("AvgPool2d")?;
                let window = Window { kernel: pool.kernel_size, stride: pool.stride, padding: pool.padding };
                half_padding(window, path)?;
                let (height, width) = slide(window, pool.ceil_mode, height, width, "AvgPool2d", path)?;
                let count_include_pad = pool.count_include_pad;
                (Op::AvgPool2d { window, count_include_pad }, Shape::Image { channels, height, width })
            }
            Layer::AdaptiveAvgPool2d(pool) => {
                let (channels, ..) = image("AdaptiveAvgPool2d")?;
                let Pair { height, width } = pool.output_size;
                positive(height.min(width), "output_size")?;
                (Op::AdaptiveAvgPool2d, Shape::Image { channels, height, width })
            }
            Layer::Dropout(dropout) => {
                self.dropouts += 1;
                (Op::Dropout { p: probability(dropout.p)?, ordinal: self.dropouts - 1 }, shape)
            }
            Layer::Dropout2d(dropout) => {
                image("Dropout2d")?;
                self.dropouts += 1;
                (Op::Dropout2d { p: probability(dropout.p)?, ordinal: self.dropouts - 1 }, shape)
            }
            Layer::Flatten => {
                let (channels, height, width) = image("Flatten")?;
                let flattened = Some([channels, height, width]);
                (Op::Flatten, Shape::Features { len: shape.len(), flattened })
            }
            Layer::Linear(linear) => {
                let Shape::Features { len, .. } = shape else {
                    let message = format!("Linear needs features, but gets {shape}");
                    return Err(error(path, &message, "put \"Flatten\" in front of it"));
                };
                positive(linear.out_features, "out_features")?;
                let name = self.name("fc");
                let weight = self.weight(&name, vec![linear.out_features, len], len);
                let bias = self.bias(linear.bias, &name, linear.out_features, len);
                (Op::Linear { weight, bias }, Shape::Features { len: linear.out_features, flattened: None })
            }
            Layer::LogSoftmax => match shape {
                Shape::Features { flattened: Some([_, height, width]), .. } if height * width > 1 => {
                    let message = format!(
                        "LogSoftmax over {shape} of a flattened image of {height}x{width} pixels: \
                         which value is which class would depend on their order in memory"
                    );
                    return Err(error(path, &message, "put a Linear layer in front of it"));
                }
                Shape::Features { .. } => (Op::LogSoftmax, shape),
                Shape::Image { .. } => {
                    let message = format!("LogSoftmax needs features, but gets {shape}");
                    return Err(error(path, &message, "put \"Flatten\" in front of it"));
                }
            },
            Layer::Residual(_) => unreachable!("blocks are resolved by `residual`"),
        })
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Shape::Image { channels, height, width } => write!(f, "{channels}x{height}x{width}"),
            Shape::Features { len, .. } => write!(f, "{len} features"),
        }
    }
}

/// Whether values of these shapes lie alike; where an image has one pixel, flattening orders nothing.
fn addable(a: Shape, b: Shape) -> bool {
    let order = |shape: Shape| match shape {
        Shape::Features { len, flattened: Some([_, 1, 1]) } => Shape::Features { len, flattened: None },
        _ => shape,
    };
    order(a) == order(b)
}

fn half_padding(window: Window, path: &[usize]) -> Result<(), DescriptionError> {
    let Window { kernel, padding, .. } = window;
    if padding.height * 2 <= kernel.height && padding.width * 2 <= kernel.width {
        return Ok(());
    }
    let message = format!(
        "padding {}x{} is more than half the kernel {}x{}",
        padding.height, padding.width, kernel.height, kernel.width
    );
    Err(error(path, &message, "pooling pads by at most half its kernel"))
}

/// Output size of a sliding window (PyTorch's rounding).
fn slide(
    window: Window,
    ceil_mode: bool,
    height: usize,
    width: usize,
    what: &str,
    path: &[usize],
) -> Result<(usize, usize), DescriptionError> {
    let Window { kernel, stride, padding } = window;
    if kernel.height.min(kernel.width) == 0 || stride.height.min(stride.width) == 0 {
        return Err(error(path, "a kernel_size or stride of 0", "choose 1 or more"));
    }
    let one = |size: usize, kernel: usize, stride: usize, padding: usize| {
        let room = (size + 2 * padding).checked_sub(kernel)?;
        let mut out = if ceil_mode { room.div_ceil(stride) } else { room / stride } + 1;
        // A window that would start in the right padding is left out.
        if ceil_mode && (out - 1) * stride >= size + padding {
            out -= 1;
        }
        Some(out)
    };
    let h = one(height, kernel.height, stride.height, padding.height);
    let w = one(width, kernel.width, stride.width, padding.width);
    match (h, w) {
        (Some(h), Some(w)) => Ok((h, w)),
        _ => {
            let message = format!(
                "the {}x{} window of {what} is larger than its input of {height}x{width} pixels",
                kernel.height, kernel.width
            );
            Err(error(path, &message, "use a smaller kernel, add padding, or pool less before it"))
        }
    }
}
