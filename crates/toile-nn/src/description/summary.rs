//! The layer table of a network: what each layer makes, learns and costs.

use super::layer::{Conv2d, Layer};
use super::network::{Network, Node, Op, Shape};
use crate::setting::Setting;

/// One row of the layer table.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerSummary {
    /// Name in the state dict (`conv1`), or empty for layers without parameters.
    pub name: String,
    /// As PyTorch would write it: `Conv2d(1, 32, kernel_size=3, padding=1)`.
    pub description: String,
    /// Kind of layer: `Conv2d`.
    pub kind: String,
    /// Its settings as data: `p` of a Dropout, `kernel_size` of a Conv2d.
    pub settings: Vec<Setting>,
    /// What it is to a residual block.
    pub part: Part,
    /// How deep in nested residual blocks it stands; 0 outside.
    pub depth: usize,
    /// Shape of one image's output.
    pub output: Shape,
    /// Trained values.
    pub parameters: usize,
    /// Multiply-adds for one image, forward, dense.
    pub multiply_adds: usize,
}

/// What a row of the layer table is to a residual block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A layer in its place, inside a block or outside.
    Layer,
    /// The convolution that the input of a block goes through on its way to the sum.
    Projection,
    /// The sum that ends a block.
    Sum {
        /// Index of the block's first row.
        start: usize,
        /// Index of its projection's row, if it has one.
        projection: Option<usize>,
    },
}

/// The layer table, a row an operation, in the order they run.
pub fn summarize(network: &Network) -> Vec<LayerSummary> {
    let row = |(index, node): (usize, &Node)| {
        let parameters = &network.parameters[parameter_range(&node.op)];
        let name = parameters.first().map_or("", |p| p.name.split('.').next().unwrap_or(""));
        let part = part(network, index);
        LayerSummary {
            name: name.to_string(),
            kind: node.op.kind().to_string(),
            description: describe(network, &node.op, node.input_shape, node.output_shape),
            settings: settings(network, node, part),
            depth: match part {
                Part::Sum { .. } => node.path.len(),
                Part::Layer | Part::Projection => node.path.len() - 1,
            },
            part,
            output: node.output_shape,
            parameters: parameters.iter().filter(|p| p.trained()).map(|p| p.len()).sum(),
            multiply_adds: match node.op {
                Op::Conv2d { weight, .. } => {
                    let [_, h, w] = node.output_shape.dims();
                    network.parameters[weight].len() * h * w
                }
                Op::Linear { weight, .. } => network.parameters[weight].len(),
                _ => 0,
            },
        }
    };
    network.nodes.iter().enumerate().map(row).collect()
}

/// A block's sum and its projection have the block's own path, its layers have longer ones.
fn part(network: &Network, index: usize) -> Part {
    let path = &network.nodes[index].path;
    if !matches!(layer_at(&network.layers, path), Some(Layer::Residual(_))) {
        return Part::Layer;
    }
    if !matches!(network.nodes[index].op, Op::Add { .. }) {
        return Part::Projection;
    }
    let projection = index.checked_sub(1).filter(|&before| network.nodes[before].path == *path);
    let start = network.nodes.iter().position(|node| node.path.starts_with(path)).unwrap_or(index);
    Part::Sum { start, projection }
}

fn settings(network: &Network, node: &Node, part: Part) -> Vec<Setting> {
    match (part, &node.op) {
        (Part::Layer, _) => layer_at(&network.layers, &node.path).map_or_else(Vec::new, Layer::settings),
        (Part::Projection, &Op::Conv2d { window, bias, .. }) => {
            let [out_channels, ..] = node.output_shape.dims();
            let (kernel_size, stride, padding) = (window.kernel, window.stride, window.padding);
            let conv = Conv2d { out_channels, kernel_size, stride, padding, bias: bias.is_some() };
            Layer::Conv2d(conv).settings()
        }
        _ => vec![],
    }
}

/// The layer at indices into the nested lists of layers.
fn layer_at<'a>(layers: &'a [Layer], path: &[usize]) -> Option<&'a Layer> {
    let (&index, deeper) = path.split_first()?;
    match (layers.get(index)?, deeper) {
        (layer, []) => Some(layer),
        (Layer::Residual(block), deeper) => layer_at(&block.layers, deeper),
        _ => None,
    }
}

/// The parameters that belong to an operation.
fn parameter_range(op: &Op) -> std::ops::Range<usize> {
    match *op {
        Op::Conv2d { weight, bias, .. } | Op::Linear { weight, bias } => {
            weight..weight + 1 + usize::from(bias.is_some())
        }
        Op::BatchNorm2d { weight, .. } => weight..weight + 4,
        _ => 0..0,
    }
}

fn describe(network: &Network, op: &Op, input: Shape, output: Shape) -> String {
    let pair = |p: super::Pair| {
        if p.height == p.width { p.height.to_string() } else { format!("({}, {})", p.height, p.width) }
    };
    let optional = |name: &str, p: super::Pair, default: super::Pair| {
        if p == default { String::new() } else { format!(", {name}={}", pair(p)) }
    };
    let one = super::Pair::square(1);
    let none = super::Pair::square(0);
    let [from, ..] = input.dims();
    let [to, height, width] = output.dims();
    match *op {
        Op::Conv2d { window, bias, .. } => format!(
            "Conv2d({from}, {to}, kernel_size={}{}{}{})",
            pair(window.kernel),
            optional("stride", window.stride, one),
            optional("padding", window.padding, none),
            if bias.is_some() { "" } else { ", bias=False" },
        ),
        Op::BatchNorm2d { .. } => format!("BatchNorm2d({from})"),
        Op::ReLU => "ReLU()".into(),
        Op::GELU { tanh } => if tanh { "GELU(approximate='tanh')" } else { "GELU()" }.into(),
        Op::MaxPool2d { window } | Op::AvgPool2d { window, .. } => format!(
            "{}(kernel_size={}{}{})",
            if matches!(op, Op::MaxPool2d { .. }) { "MaxPool2d" } else { "AvgPool2d" },
            pair(window.kernel),
            optional("stride", window.stride, window.kernel),
            optional("padding", window.padding, none),
        ),
        Op::AdaptiveAvgPool2d => format!("AdaptiveAvgPool2d(({height}, {width}))"),
        Op::Dropout { p, .. } => format!("Dropout(p={p})"),
        Op::Dropout2d { p, .. } => format!("Dropout2d(p={p})"),
        Op::Flatten => "Flatten()".into(),
        Op::Linear { weight, bias } => {
            let shape = &network.parameters[weight].shape;
            let bias = if bias.is_some() { "" } else { ", bias=False" };
            format!("Linear({}, {}{bias})", shape[1], shape[0])
        }
        Op::LogSoftmax => "LogSoftmax(dim=1)".into(),
        Op::Add { .. } => "Add()".into(),
    }
}

impl Layer {
    /// The layer's name as a study file writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Layer::Conv2d(_) => "Conv2d",
            Layer::BatchNorm2d(_) => "BatchNorm2d",
            Layer::ReLU => "ReLU",
            Layer::GELU(_) => "GELU",
            Layer::MaxPool2d(_) => "MaxPool2d",
            Layer::AvgPool2d(_) => "AvgPool2d",
            Layer::AdaptiveAvgPool2d(_) => "AdaptiveAvgPool2d",
            Layer::Dropout(_) => "Dropout",
            Layer::Dropout2d(_) => "Dropout2d",
            Layer::Flatten => "Flatten",
            Layer::Linear(_) => "Linear",
            Layer::LogSoftmax => "LogSoftmax",
            Layer::Residual(_) => "Residual",
        }
    }
}
