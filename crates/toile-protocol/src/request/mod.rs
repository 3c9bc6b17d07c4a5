//! From the bytes of a request to what it asks.

mod binary;
mod document;
mod fields;
mod numbers;
mod outputs;
mod place;
mod tensor;
mod usual;
mod words;

use document::{Document, Input};
use fields::{Few, Whole};
use place::{LENGTH_HEADER, refused};
use serde_json::value::RawValue;
use tensor::{Kind, Tensor};
use usual::Cut;

use crate::types::{InferRequest, ModelFacts, Pixels, Refusal};

/// What a request for an inference asks.
///
/// `json_length` is the header `Inference-Header-Content-Length`: how much of the body is JSON where a binary tensor
/// follows it. If that is 0 the body is nothing but the bytes of `images`, as Triton takes them too.
///
/// # Errors
/// Whatever is wrong with the request: status 400, what, where, and what to do.
pub fn parse_infer(
    body: &[u8],
    json_length: Option<usize>,
    facts: &ModelFacts,
) -> Result<InferRequest, Refusal> {
    let (json, binary) = parts(body, json_length)?;
    if json_length == Some(0) {
        return bare_images(body, facts);
    }
    let json = std::str::from_utf8(json).map_err(|error| {
        refused(format!(
            "request: is not UTF-8 from byte {} on; encode the JSON as UTF-8",
            error.valid_up_to()
        ))
    })?;
    if let Some(request) = usual(json, binary, facts) {
        return Ok(request);
    }
    asked(json, binary, facts, |data, tensor| json_pixels(json, data, tensor))
}

/// What the usual request asks: one whose array of bytes could be read first.
fn usual(json: &str, binary: Option<&[u8]>, facts: &ModelFacts) -> Option<InferRequest> {
    let Cut { rest, at, bytes } = Cut::of(json)?;
    let pixels = |data: &str, tensor: &Tensor| {
        let is_it =
            tensor.kind == Kind::Images && bytes.len() == tensor.count() && place::offset(&rest, data) == at;
        // Nobody sees this: the request is read in full.
        if is_it { Ok(Pixels::Bytes(bytes)) } else { Err(refused("another array")) }
    };
    asked(&rest, binary, facts, pixels).ok()
}

/// What a request asks. `json_pixels` makes pixels of the piece of the JSON that holds the tensor's numbers.
fn asked(
    json: &str,
    binary: Option<&[u8]>,
    facts: &ModelFacts,
    json_pixels: impl FnOnce(&str, &Tensor) -> Result<Pixels, Refusal>,
) -> Result<InferRequest, Refusal> {
    let Document { id, parameters, inputs, outputs } = document::read(json)?;
    let Some(Few(inputs)) = inputs else {
        return Err(refused(format!("inputs: is missing; send one of {}", tensor::choices(facts))));
    };
    let [input] = &inputs[..] else {
        return Err(refused(format!(
            "inputs: {} tensors, but a request has one; send one of {}",
            inputs.len(),
            tensor::choices(facts),
        )));
    };
    let tensor = Tensor::of(input, facts)?;
    let pixels = match values(input, binary)? {
        Values::Json(data) => json_pixels(data.get(), &tensor)?,
        Values::Binary { size, bytes } => binary::pixels(size, bytes, &tensor)?,
    };
    let is_binary = parameters.and_then(|parameters| parameters.binary_data_output).unwrap_or(false);
    let outputs = outputs::wanted(outputs.map_or_else(Vec::new, |Few(outputs)| outputs), is_binary, facts)?;
    Ok(InferRequest { id, pixels, images: tensor.shape[0], outputs })
}

/// The JSON, and what follows it where the header says that something does.
fn parts(body: &[u8], json_length: Option<usize>) -> Result<(&[u8], Option<&[u8]>), Refusal> {
    let Some(length) = json_length else { return Ok((body, None)) };
    match body.split_at_checked(length) {
        Some((json, binary)) => Ok((json, Some(binary))),
        None => Err(refused(format!(
            "{LENGTH_HEADER}: {length} bytes of JSON, but the body has {}; the header is the length of the JSON alone",
            body.len()
        ))),
    }
}

/// Where a tensor's numbers are.
enum Values<'a> {
    Json(&'a RawValue),
    /// After the JSON; `size` is what the request says `bytes` has.
    Binary {
        size: u64,
        bytes: &'a [u8],
    },
}

fn values<'a>(input: &Input<'a>, binary: Option<&'a [u8]>) -> Result<Values<'a>, Refusal> {
    let size = input.parameters.as_ref().and_then(|parameters| parameters.binary_data_size);
    match (size, input.data, binary) {
        (Some(_), Some(_), _) => Err(refused(
            "inputs[0]: has both data and parameters.binary_data_size; send the numbers once, as JSON or as bytes",
        )),
        (None, None, _) => Err(refused(
            "inputs[0].data: is missing; send the numbers there, or as bytes after the JSON with \
             parameters.binary_data_size",
        )),
        (Some(_), None, None) => Err(refused(format!(
            "inputs[0].parameters.binary_data_size: the header {LENGTH_HEADER} is missing; it is the length of the JSON"
        ))),
        (None, Some(_), Some(bytes)) if !bytes.is_empty() => Err(refused(format!(
            "{LENGTH_HEADER}: {} bytes follow the JSON, but inputs[0] has its numbers in data; leave one of them out",
            bytes.len()
        ))),
        (Some(Whole(size)), None, Some(bytes)) => Ok(Values::Binary { size, bytes }),
        (None, Some(data), _) => Ok(Values::Json(data)),
    }
}

fn json_pixels(json: &str, data: &str, tensor: &Tensor) -> Result<Pixels, Refusal> {
    let read = match tensor.kind {
        Kind::Images => numbers::read(data, &tensor.shape).map(Pixels::Bytes),
        Kind::Normalized => numbers::read(data, &tensor.shape).map(Pixels::Normalized),
    };
    read.map_err(|fault| {
        let position = place::position(json, place::offset(json, data) + fault.at);
        let indices: String = fault.path.iter().rev().map(|index| format!("[{index}]")).collect();
        refused(format!("inputs[0].data{indices}: {} ({position})", fault.what))
    })
}

/// A body that is the pixels of whole images, and asks for every output.
fn bare_images(body: &[u8], facts: &ModelFacts) -> Result<InferRequest, Refusal> {
    let image_len = facts.image_shape.iter().product::<usize>().max(1);
    if !body.len().is_multiple_of(image_len) {
        return Err(refused(format!(
            "body: with {LENGTH_HEADER}: 0 it is the pixels of whole images, {image_len} bytes each, but it has {} bytes",
            body.len()
        )));
    }
    let images = tensor::batch(body.len() as u64 / image_len as u64, "body", facts)?;
    let outputs = outputs::wanted(Vec::new(), false, facts)?;
    Ok(InferRequest { id: None, pixels: Pixels::Bytes(body.to_vec()), images, outputs })
}
