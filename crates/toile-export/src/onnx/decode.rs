//! The bytes of a file back to the model, so that what was written can be compared with what was meant.

use std::borrow::Cow;

use super::encode::{FLOAT, INT8, INT32, INT64, UINT8, field};
use super::model::{Attribute, Element, Graph, Model, Node, Port, Side, Tensor, Values};
use crate::wire::fields;

/// The model in the bytes of a file that [`encode`](super::encode::encode) wrote.
///
/// # Errors
/// What is wrong with the bytes, in words.
pub(super) fn decode(bytes: &[u8]) -> Result<Model<'static>, String> {
    let mut metadata = Vec::new();
    let mut found = None;
    for (number, value) in fields(bytes)? {
        match number {
            field::MODEL_GRAPH => found = Some(graph(value.bytes()?)?),
            field::MODEL_METADATA => metadata.push(entry(value.bytes()?)?),
            _ => {}
        }
    }
    Ok(Model { metadata, graph: found.ok_or("there is no graph")? })
}

fn entry(bytes: &[u8]) -> Result<(String, String), String> {
    match fields(bytes)?[..] {
        [(1, key), (2, value)] => Ok((key.text()?, value.text()?)),
        _ => Err("an entry of the metadata is no key and value".into()),
    }
}

fn graph(bytes: &[u8]) -> Result<Graph<'static>, String> {
    let mut out =
        Graph { name: String::new(), nodes: vec![], initializers: vec![], inputs: vec![], outputs: vec![] };
    for (number, value) in fields(bytes)? {
        match number {
            field::GRAPH_NODE => out.nodes.push(node(value.bytes()?)?),
            field::GRAPH_NAME => out.name = value.text()?,
            field::GRAPH_INITIALIZER => out.initializers.push(tensor(value.bytes()?)?),
            field::GRAPH_INPUT => out.inputs.push(port(value.bytes()?)?),
            field::GRAPH_OUTPUT => out.outputs.push(port(value.bytes()?)?),
            other => return Err(format!("the graph has a field {other}")),
        }
    }
    Ok(out)
}

fn node(bytes: &[u8]) -> Result<Node, String> {
    let mut out = Node { kind: String::new(), inputs: vec![], output: String::new(), attributes: vec![] };
    for (number, value) in fields(bytes)? {
        match number {
            field::NODE_INPUT => out.inputs.push(value.text()?),
            field::NODE_OUTPUT => out.output = value.text()?,
            field::NODE_KIND => out.kind = value.text()?,
            field::NODE_ATTRIBUTE => out.attributes.push(attribute(value.bytes()?)?),
            field::NODE_NAME => {}
            other => return Err(format!("a node has a field {other}")),
        }
    }
    Ok(out)
}

fn attribute(bytes: &[u8]) -> Result<(String, Attribute), String> {
    let (mut name, mut found) = (String::new(), None);
    for (number, value) in fields(bytes)? {
        match number {
            field::ATTRIBUTE_NAME => name = value.text()?,
            field::ATTRIBUTE_FLOAT => found = Some(Attribute::Float(value.float()?)),
            field::ATTRIBUTE_INTEGER => found = Some(Attribute::Integer(value.integer()?)),
            field::ATTRIBUTE_INTEGERS => found = Some(Attribute::Integers(value.integers()?)),
            field::ATTRIBUTE_TYPE => {}
            other => return Err(format!("the attribute {name} has a field {other}")),
        }
    }
    let value = found.ok_or_else(|| format!("the attribute {name} has no value"))?;
    Ok((name, value))
}

fn tensor(bytes: &[u8]) -> Result<Tensor<'static>, String> {
    let (mut name, mut shape, mut kind, mut data) = (String::new(), vec![], 0, &[][..]);
    for (number, value) in fields(bytes)? {
        match number {
            field::TENSOR_DIMS => shape = value.integers()?,
            field::TENSOR_TYPE => kind = value.integer()?,
            field::TENSOR_NAME => name = value.text()?,
            field::TENSOR_BYTES => data = value.bytes()?,
            other => return Err(format!("the tensor {name} has a field {other}")),
        }
    }
    let values = match (kind, data.as_chunks::<4>(), data.as_chunks::<8>()) {
        (FLOAT, (floats, []), _) => {
            Values::Floats(Cow::Owned(floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()))
        }
        (INT64, _, (integers, [])) => {
            Values::Integers(integers.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect())
        }
        (INT32, (words, []), _) => {
            Values::Words(words.iter().map(|bytes| i32::from_le_bytes(*bytes)).collect())
        }
        (INT8, ..) => Values::Bytes(data.iter().map(|&byte| i8::from_le_bytes([byte])).collect()),
        _ => return Err(format!("the tensor {name} has {} bytes of type {kind}", data.len())),
    };
    Ok(Tensor { name, shape, values })
}

fn port(bytes: &[u8]) -> Result<Port, String> {
    let found = fields(bytes)?;
    let [(1, name), (2, kind)] = found[..] else { return Err("a port is no name and type".into()) };
    let found = fields(kind.bytes()?)?;
    let [(1, tensor)] = found[..] else { return Err("a port is no tensor".into()) };
    let found = fields(tensor.bytes()?)?;
    let [(1, element), (2, sides)] = found[..] else { return Err("a tensor is no type and shape".into()) };
    let element = match element.integer()? {
        FLOAT => Element::Float,
        UINT8 => Element::Byte,
        other => return Err(format!("a port is of type {other}")),
    };
    let mut shape = Vec::new();
    for (_, side) in fields(sides.bytes()?)? {
        shape.push(match fields(side.bytes()?)?[..] {
            [(1, len)] => Side::Fixed(len.integer()?),
            [(2, name)] => Side::Named(name.text()?),
            _ => return Err("a side of a shape is neither a number nor a name".into()),
        });
    }
    Ok(Port { name: name.text()?, element, shape })
}
