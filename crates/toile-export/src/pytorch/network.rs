//! A network as a module of PyTorch: what it has, and what it does with a batch, line by line.
//!
//! Residual blocks are lines as well, not modules of their own: so the state dict's names are Toile's.

use std::slice::Iter;

use toile_nn::description::{Layer, Network, Node};

use super::layers::{call, made, stochastic_depth};

/// The class `Network`.
pub(super) fn module(network: &Network) -> String {
    let mut has = String::new();
    for node in &network.nodes {
        if let Some((name, constructor)) = made(network, node) {
            has += &format!("        self.{name} = {constructor}\n");
        }
    }
    let mut writer = Writer { network, nodes: network.nodes.iter(), lines: Vec::new(), blocks: 0 };
    writer.layers(&network.layers, "x");
    let width = writer.lines.iter().map(|(line, _)| line.len()).max().unwrap_or(0);
    let does: String = writer
        .lines
        .iter()
        .map(|(line, shape)| match shape.is_empty() {
            true => format!("        {line}\n"),
            false => format!("        {line:width$}  # {shape}\n"),
        })
        .collect();
    format!(
        "class Network(nn.Module):\n    \
         \"\"\"Normalized images [batch, channels, height, width] to log-probabilities [batch, classes].\"\"\"\n\n    \
         def __init__(self):\n        super().__init__()\n{has}\n    \
         def forward(self, x):\n{does}        return x\n"
    )
}

struct Writer<'a> {
    network: &'a Network,
    /// Those that are still to be written; they stand in the order of the layers.
    nodes: Iter<'a, Node>,
    /// (line, shape of an image's tensor behind it).
    lines: Vec<(String, String)>,
    /// Residual blocks so far.
    blocks: usize,
}

impl Writer<'_> {
    /// What a list of layers does to the variable `x`.
    fn layers(&mut self, layers: &[Layer], x: &str) {
        for layer in layers {
            let Layer::Residual(block) = layer else {
                self.line(x);
                continue;
            };
            self.blocks += 1;
            let skip = format!("skip{}", self.blocks);
            self.lines.push((format!("{skip} = {x}"), String::new()));
            self.layers(&block.layers, x);
            if block.projection {
                self.line(&skip);
            }
            // The sum that ends the block.
            let sum = self.nodes.next().expect("a block ends in its sum");
            let branch = match block.stochastic_depth {
                0.0 => x.to_owned(),
                p => format!("{x} * {}", stochastic_depth(x, p, sum)),
            };
            self.lines.push((format!("{x} = {branch} + {skip}"), shape(sum)));
        }
    }

    /// What the next node does to a variable.
    fn line(&mut self, variable: &str) {
        let node = self.nodes.next().expect("a layer has a node");
        if let Some(call) = call(self.network, node, variable) {
            self.lines.push((format!("{variable} = {call}"), shape(node)));
        }
    }
}

fn shape(node: &Node) -> String {
    node.place.output_shape.to_string()
}
