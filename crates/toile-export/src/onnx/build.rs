//! A graph that grows node by node.

use std::borrow::Cow;

use super::model::{Attribute, Graph, Node, Tensor, Values};

/// The graph under construction.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    pub(super) graph: Graph<'a>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(name: &str) -> Builder<'a> {
        let graph = Graph {
            name: name.to_owned(),
            nodes: vec![],
            initializers: vec![],
            inputs: vec![],
            outputs: vec![],
        };
        Builder { graph }
    }

    /// Appends a node without settings; gives the name of its output.
    pub(super) fn node(&mut self, kind: &str, inputs: &[&str]) -> String {
        self.node_with(kind, inputs, vec![])
    }

    /// Appends a node; gives the name of its output: `Conv_1`, the first node.
    pub(super) fn node_with(
        &mut self,
        kind: &str,
        inputs: &[&str],
        attributes: Vec<(&str, Attribute)>,
    ) -> String {
        let output = format!("{kind}_{}", self.graph.nodes.len() + 1);
        self.named_node(kind, inputs, attributes, &output);
        output
    }

    /// Appends a node whose output is called so.
    pub(super) fn named_node(
        &mut self,
        kind: &str,
        inputs: &[&str],
        attributes: Vec<(&str, Attribute)>,
        output: &str,
    ) {
        self.graph.nodes.push(Node {
            kind: kind.to_owned(),
            inputs: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: output.to_owned(),
            attributes: attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        });
    }

    /// A tensor of the file, unless there is one of this name already, which then has the same values.
    pub(super) fn floats(
        &mut self,
        name: &str,
        shape: &[usize],
        values: impl Into<Cow<'a, [f32]>>,
    ) -> String {
        self.tensor(name, shape, Values::Floats(values.into()))
    }

    /// A shape for an operator that takes one: a 0 copies the side of its input, -1 is what is left.
    pub(super) fn shape(&mut self, name: &str, sides: Vec<i64>) -> String {
        self.tensor(name, &[sides.len()], Values::Integers(sides))
    }

    /// A tensor of 8 bit whole numbers.
    pub(super) fn bytes(&mut self, name: &str, shape: &[usize], values: Vec<i8>) -> String {
        self.tensor(name, shape, Values::Bytes(values))
    }

    /// A list of 32 bit whole numbers.
    pub(super) fn words(&mut self, name: &str, values: Vec<i32>) -> String {
        self.tensor(name, &[values.len()], Values::Words(values))
    }

    /// A number, under a name that says which.
    pub(super) fn number(&mut self, name: &str, value: f32) -> String {
        self.floats(&format!("constant.{name}"), &[], vec![value])
    }

    fn tensor(&mut self, name: &str, shape: &[usize], values: Values<'a>) -> String {
        if self.graph.initializers.iter().all(|tensor| tensor.name != name) {
            let shape = shape.iter().map(|&side| side as i64).collect();
            self.graph.initializers.push(Tensor { name: name.to_owned(), shape, values });
        }
        name.to_owned()
    }
}

/// Whole numbers as a setting of a node.
pub(super) fn integers(values: impl IntoIterator<Item = usize>) -> Attribute {
    Attribute::Integers(values.into_iter().map(|value| value as i64).collect())
}
