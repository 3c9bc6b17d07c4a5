//! A model to the bytes of a file. The numbers of fields and types are those of `onnx.proto3`
//! (<https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3>).

use super::model::{Attribute, Element, Graph, Model, Node, Port, Side, Tensor, Values};
use crate::wire::Message;

/// The operators are those of this set of the default domain: the oldest that today's exporters and runtimes still write
/// and read without conversion (ONNX 1.12, 2022). Nothing a network needs is newer but `Gelu` (20) and a sound
/// `GroupNormalization` (21), which are put together from older operators.
pub const OPSET: i64 = 17;

/// The version of the format that came with [`OPSET`].
pub const IR_VERSION: i64 = 8;

/// `FLOAT`, `UINT8`, `INT8`, `INT32` and `INT64` of `TensorProto.DataType`.
pub(crate) const FLOAT: i64 = 1;
pub(crate) const UINT8: i64 = 2;
pub(crate) const INT8: i64 = 3;
pub(crate) const INT32: i64 = 6;
pub(crate) const INT64: i64 = 7;

/// Fields of `NodeProto`, `AttributeProto` and `TensorProto`, which are read as well.
pub(crate) mod field {
    pub(crate) const NODE_INPUT: u64 = 1;
    pub(crate) const NODE_OUTPUT: u64 = 2;
    pub(crate) const NODE_NAME: u64 = 3;
    pub(crate) const NODE_KIND: u64 = 4;
    pub(crate) const NODE_ATTRIBUTE: u64 = 5;
    pub(crate) const ATTRIBUTE_NAME: u64 = 1;
    pub(crate) const ATTRIBUTE_FLOAT: u64 = 2;
    pub(crate) const ATTRIBUTE_INTEGER: u64 = 3;
    pub(crate) const ATTRIBUTE_INTEGERS: u64 = 8;
    pub(crate) const ATTRIBUTE_TYPE: u64 = 20;
    pub(crate) const TENSOR_DIMS: u64 = 1;
    pub(crate) const TENSOR_TYPE: u64 = 2;
    pub(crate) const TENSOR_NAME: u64 = 8;
    pub(crate) const TENSOR_BYTES: u64 = 9;
    pub(crate) const GRAPH_NODE: u64 = 1;
    pub(crate) const GRAPH_NAME: u64 = 2;
    pub(crate) const GRAPH_INITIALIZER: u64 = 5;
    pub(crate) const GRAPH_INPUT: u64 = 11;
    pub(crate) const GRAPH_OUTPUT: u64 = 12;
    pub(crate) const MODEL_IR_VERSION: u64 = 1;
    pub(crate) const MODEL_PRODUCER: u64 = 2;
    pub(crate) const MODEL_PRODUCER_VERSION: u64 = 3;
    pub(crate) const MODEL_GRAPH: u64 = 7;
    pub(crate) const MODEL_OPSET: u64 = 8;
    pub(crate) const MODEL_METADATA: u64 = 14;
}

/// The bytes of `ModelProto`.
pub(crate) fn encode(model: &Model<'_>) -> Vec<u8> {
    let mut out = Message::default();
    out.integer(field::MODEL_IR_VERSION, IR_VERSION);
    out.text(field::MODEL_PRODUCER, "toile");
    out.text(field::MODEL_PRODUCER_VERSION, env!("CARGO_PKG_VERSION"));
    out.message(field::MODEL_GRAPH, &graph(&model.graph));
    let mut opset = Message::default();
    opset.text(1, "");
    opset.integer(2, OPSET);
    out.message(field::MODEL_OPSET, &opset);
    for (key, value) in &model.metadata {
        let mut entry = Message::default();
        entry.text(1, key);
        entry.text(2, value);
        out.message(field::MODEL_METADATA, &entry);
    }
    out.into_bytes()
}

fn graph(graph: &Graph<'_>) -> Message {
    let mut out = Message::default();
    graph.nodes.iter().for_each(|of| out.message(field::GRAPH_NODE, &node(of)));
    out.text(field::GRAPH_NAME, &graph.name);
    graph.initializers.iter().for_each(|of| out.message(field::GRAPH_INITIALIZER, &tensor(of)));
    graph.inputs.iter().for_each(|of| out.message(field::GRAPH_INPUT, &port(of)));
    graph.outputs.iter().for_each(|of| out.message(field::GRAPH_OUTPUT, &port(of)));
    out
}

fn node(Node { kind, inputs, output, attributes }: &Node) -> Message {
    let mut out = Message::default();
    inputs.iter().for_each(|input| out.text(field::NODE_INPUT, input));
    out.text(field::NODE_OUTPUT, output);
    out.text(field::NODE_NAME, output);
    out.text(field::NODE_KIND, kind);
    for (name, value) in attributes {
        let mut attribute = Message::default();
        attribute.text(field::ATTRIBUTE_NAME, name);
        // FLOAT, INT and INTS of `AttributeType`.
        let kind = match value {
            Attribute::Float(value) => {
                attribute.float(field::ATTRIBUTE_FLOAT, *value);
                1
            }
            Attribute::Integer(value) => {
                attribute.integer(field::ATTRIBUTE_INTEGER, *value);
                2
            }
            Attribute::Integers(values) => {
                attribute.integers(field::ATTRIBUTE_INTEGERS, values);
                7
            }
        };
        attribute.integer(field::ATTRIBUTE_TYPE, kind);
        out.message(field::NODE_ATTRIBUTE, &attribute);
    }
    out
}

fn tensor(Tensor { name, shape, values }: &Tensor<'_>) -> Message {
    let mut out = Message::default();
    out.integers(field::TENSOR_DIMS, shape);
    let (kind, bytes): (i64, Vec<u8>) = match values {
        Values::Floats(values) => (FLOAT, values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        Values::Integers(values) => (INT64, values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        Values::Bytes(values) => (INT8, values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        Values::Words(values) => (INT32, values.iter().flat_map(|value| value.to_le_bytes()).collect()),
    };
    out.integer(field::TENSOR_TYPE, kind);
    out.text(field::TENSOR_NAME, name);
    out.bytes(field::TENSOR_BYTES, &bytes);
    out
}

fn port(Port { name, element, shape }: &Port) -> Message {
    let mut sides = Message::default();
    for side in shape {
        let mut dimension = Message::default();
        match side {
            Side::Fixed(len) => dimension.integer(1, *len),
            Side::Named(name) => dimension.text(2, name),
        }
        sides.message(1, &dimension);
    }
    let mut tensor = Message::default();
    tensor.integer(1, if *element == Element::Float { FLOAT } else { UINT8 });
    tensor.message(2, &sides);
    let mut kind = Message::default();
    kind.message(1, &tensor);
    let mut out = Message::default();
    out.text(1, name);
    out.message(2, &kind);
    out
}
