//! The layer table of a network: what each layer makes, learns and costs.

use super::network::{Network, Node};
use crate::graph::parameter::Parameter;
use crate::graph::shape::Shape;
use crate::layers::Op;
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
        let parameters = network.parameters_of(node);
        let (operation, path) = (node.op.operation(), &node.place.path);
        let part = part(&network.nodes, index);
        LayerSummary {
            name: network.name_of(node).unwrap_or("").to_string(),
            kind: operation.name().to_string(),
            description: operation.pytorch(&node.place),
            settings: operation.settings(),
            depth: match part {
                Part::Sum { .. } => path.len(),
                Part::Layer | Part::Projection => path.len() - 1,
            },
            part,
            output: node.place.output_shape,
            parameters: parameters.iter().filter(|p| p.trained()).map(Parameter::len).sum(),
            multiply_adds: operation.multiply_adds(&node.place, parameters),
        }
    };
    network.nodes.iter().enumerate().map(row).collect()
}

/// A block's sum and its projection, which stands right before the sum, have the path of the block, its layers
/// have longer ones.
fn part(nodes: &[Node], index: usize) -> Part {
    let path = |index: usize| &nodes[index].place.path;
    let is_sum = |index: usize| matches!(nodes[index].op, Op::Add(_));
    if is_sum(index) {
        let projection = index.checked_sub(1).filter(|&before| path(before) == path(index));
        let start = (0..index).find(|&node| path(node).starts_with(path(index))).unwrap_or(index);
        return Part::Sum { start, projection };
    }
    let before_its_sum = index + 1 < nodes.len() && is_sum(index + 1) && path(index + 1) == path(index);
    if before_its_sum { Part::Projection } else { Part::Layer }
}
