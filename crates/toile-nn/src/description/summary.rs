//! The layer table of a network: what each layer makes, learns and costs.

use super::layer::Layer;
use super::network::{Network, Op, Shape};

/// One row of the layer table.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerSummary {
    /// Name in the state dict (`conv1`), or empty for layers without parameters.
    pub name: String,
    /// As PyTorch would write it: `Conv2d(1, 32, kernel_size=3, padding=1)`.
    pub description: String,
    /// Kind of layer: `Conv2d`.
    pub kind: String,
    /// How deep in nested residual blocks it stands; 0 outside.
    pub depth: usize,
    /// Shape of one image's output.
    pub output: Shape,
    /// Trained values.
    pub parameters: usize,
    /// Multiply-adds for one image, forward, dense.
    pub multiply_adds: usize,
}

/// The layer table, a row an operation, in the order they run.
pub fn summarize(network: &Network) -> Vec<LayerSummary> {
    network
        .nodes
        .iter()
        .map(|node| {
            let range = parameter_range(&node.op);
            let parameters = &network.parameters[range.clone()];
            let name = parameters.first().map_or("", |p| p.name.split('.').next().unwrap_or(""));
            let description = describe(network, &node.op, node.input_shape, node.output_shape);
            LayerSummary {
                name: name.to_string(),
                kind: description.split('(').next().unwrap_or("").to_string(),
                description,
                depth: match node.op {
                    Op::Add { .. } => node.path.len(),
                    _ => node.path.len() - 1,
                },
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
        })
        .collect()
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
