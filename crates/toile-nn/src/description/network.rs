//! A checked network: operations in the order they run, with every shape known.

use crate::graph::parameter::Parameter;
use crate::graph::place::Place;
use crate::graph::shape::Shape;
use crate::layers::{Layer, Op};

/// One operation with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What is done.
    pub op: Op,
    /// What it reads, and the shapes around it. Node `n` writes tensor `n + 1`.
    pub place: Place,
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
    /// The parameters and buffers of one of its nodes.
    pub fn parameters_of(&self, node: &Node) -> &[Parameter] {
        &self.parameters[node.place.parameters.clone()]
    }

    /// Number of trained values.
    pub fn parameter_count(&self) -> usize {
        self.parameters.iter().filter(|p| p.trained()).map(Parameter::len).sum()
    }
}
