//! A model as ONNX has it (<https://onnx.ai/onnx/repo-docs/IR.html>), with what Toile's networks need of it.

use std::borrow::Cow;
use std::collections::HashSet;

/// A graph, and what the file says of itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Model<'a> {
    /// (key, text), `metadata_props`.
    pub(super) metadata: Vec<(String, String)>,
    /// What is computed.
    pub(super) graph: Graph<'a>,
}

/// Nodes in an order in which they can run, with the tensors that are given.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Graph<'a> {
    /// Its name.
    pub(super) name: String,
    /// In the order in which they run.
    pub(super) nodes: Vec<Node>,
    /// Tensors whose values stand in the file.
    pub(super) initializers: Vec<Tensor<'a>>,
    /// What is fed.
    pub(super) inputs: Vec<Port>,
    /// What is computed.
    pub(super) outputs: Vec<Port>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// Its operator: `Conv`.
    pub(super) kind: String,
    /// Names of the tensors that it reads.
    pub(super) inputs: Vec<String>,
    /// Name of the tensor that it writes, and its own.
    pub(super) output: String,
    /// Its settings by name.
    pub(super) attributes: Vec<(String, Attribute)>,
}

/// A setting of a node.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Attribute {
    /// One float.
    Float(f32),
    /// One whole number.
    Integer(i64),
    /// Several whole numbers.
    Integers(Vec<i64>),
}

/// A tensor whose values stand in the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tensor<'a> {
    /// Its name.
    pub(super) name: String,
    /// Its sides.
    pub(super) shape: Vec<i64>,
    /// The last side is the innermost.
    pub(super) values: Values<'a>,
}

/// Values of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Values<'a> {
    /// 32 bit floats.
    Floats(Cow<'a, [f32]>),
    /// 64 bit whole numbers: what operators take shapes as.
    Integers(Vec<i64>),
    /// 8 bit whole numbers.
    Bytes(Vec<i8>),
    /// 32 bit whole numbers.
    Words(Vec<i32>),
}

/// A tensor at the border of the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    /// Its name.
    pub(super) name: String,
    /// What its values are.
    pub(super) element: Element,
    /// Its sides.
    pub(super) shape: Vec<Side>,
}

/// Type of the values of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// 32 bit floats.
    Float,
    /// Bytes from 0 to 255.
    Byte,
}

/// A side of a port's shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Known.
    Fixed(i64),
    /// Chosen by whoever feeds it, and the same wherever the name is the same.
    Named(String),
}

impl Graph<'_> {
    /// Whether every tensor has one origin which stands before whoever reads it, every output is written, and nothing
    /// lies about unused.
    ///
    /// # Errors
    /// What is not so, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        let given =
            self.inputs.iter().map(|port| &port.name).chain(self.initializers.iter().map(|t| &t.name));
        let mut known = HashSet::new();
        for name in given {
            if !known.insert(name.as_str()) {
                return Err(format!("two tensors are called {name}"));
            }
        }
        let mut read = HashSet::new();
        for Node { kind, inputs, output, .. } in &self.nodes {
            if let Some(missing) = inputs.iter().find(|input| !known.contains(input.as_str())) {
                return Err(format!(
                    "{output} ({kind}) reads {missing}, which nothing has written before it"
                ));
            }
            read.extend(inputs.iter().map(String::as_str));
            if !known.insert(output.as_str()) {
                return Err(format!("two tensors are called {output}"));
            }
        }
        for Port { name, .. } in &self.outputs {
            if !self.nodes.iter().any(|node| node.output == *name) {
                return Err(format!("nothing writes the output {name}"));
            }
            read.insert(name.as_str());
        }
        let mut unread: Vec<&str> = known.difference(&read).copied().collect();
        unread.sort_unstable();
        if let Some(name) = unread.first() {
            return Err(format!("nothing reads {name}"));
        }
        let misfits = |tensor: &&Tensor<'_>| {
            let len = match &tensor.values {
                Values::Floats(values) => values.len(),
                Values::Integers(values) => values.len(),
                Values::Bytes(values) => values.len(),
                Values::Words(values) => values.len(),
            };
            tensor.shape.iter().product::<i64>() != len as i64
        };
        match self.initializers.iter().find(misfits) {
            Some(tensor) => Err(format!("{} does not fill its shape {:?}", tensor.name, tensor.shape)),
            None => Ok(()),
        }
    }
}
