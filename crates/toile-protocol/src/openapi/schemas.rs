//! The forms of what is asked and answered.
//!
//! What depends on two values at once (so many numbers as the shape says) cannot be said in a schema: the descriptions
//! say it, and the parser checks it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answers::schema;
use crate::types::{ModelFacts, Output};

pub(super) fn schemas(models: &[ModelFacts]) -> Value {
    json!({
        "Error": object(json!({ "error": { "type": "string", "minLength": 1 } }), &["error"]),
        "Live": object(json!({ "live": { "type": "boolean" } }), &["live"]),
        "Ready": object(json!({ "live": { "type": "boolean" }, "ready": { "type": "boolean" } }), &["live", "ready"]),
        "ModelReady": object(json!({ "name": { "type": "string" }, "ready": { "type": "boolean" } }), &["name", "ready"]),
        "Server": object(
            json!({ "name": { "const": "toile" }, "version": { "type": "string" }, "extensions": texts() }),
            &["name", "version", "extensions"],
        ),
        "Model": object(
            json!({
                "name": { "type": "string" },
                "versions": texts(),
                "platform": { "const": "toile" },
                "inputs": { "type": "array", "items": schema("TensorFacts") },
                "outputs": { "type": "array", "items": schema("TensorFacts") },
            }),
            &["name", "versions", "platform", "inputs", "outputs"],
        ),
        "TensorFacts": object(
            json!({ "name": { "type": "string" }, "datatype": { "type": "string" },
                "shape": { "type": "array", "items": { "type": "integer", "minimum": -1 } } }),
            &["name", "datatype", "shape"],
        ),
        "InferRequest": infer_request(),
        "Input": { "anyOf": inputs(models) },
        "RequestedOutput": requested_output(models),
        "InferResponse": infer_response(),
        "Prediction": prediction(),
    })
}

/// An object that may have more keys than these.
fn object(properties: Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required })
}

/// What the protocol calls optional may be null as well.
fn optional(kind: &str) -> Value {
    json!({ "type": [kind, "null"] })
}

fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn infer_request() -> Value {
    let mut parameters = optional("object");
    parameters["properties"] = json!({ "binary_data_output": optional("boolean") });
    let properties = json!({
        "id": optional("string"),
        "parameters": parameters,
        "inputs": { "type": "array", "items": schema("Input"), "minItems": 1, "maxItems": 1 },
        "outputs": {
            "description": "Each at most once; all of them if there is none",
            "type": ["array", "null"],
            "items": schema("RequestedOutput"),
            "maxItems": Output::ALL.len(),
        },
    });
    object(properties, &["inputs"])
}

/// What models take: tensors of two kinds, for each shape of images.
fn inputs(models: &[ModelFacts]) -> Vec<Value> {
    let batch_max = models.iter().map(|facts| facts.batch_max).max().unwrap_or(1);
    let shapes: BTreeSet<[usize; 3]> = models.iter().map(|facts| facts.image_shape).collect();
    let byte = json!({ "type": "integer", "minimum": 0, "maximum": 255 });
    // What a 32 bit float holds. Few digits, so that no reader rounds it beyond.
    let float = json!({ "type": "number", "minimum": -3.4e38, "maximum": 3.4e38 });
    let of_shape = |[channels, rows, columns]: [usize; 3]| {
        [
            input("images", "UINT8", batch_max, [rows, columns, channels], &byte),
            input("normalized", "FP32", batch_max, [channels, rows, columns], &float),
        ]
    };
    shapes.into_iter().flat_map(of_shape).collect()
}

fn input(name: &str, datatype: &str, batch_max: usize, image: [usize; 3], number: &Value) -> Value {
    let mut sides = vec![json!({ "type": "integer", "minimum": 1, "maximum": batch_max })];
    sides.extend(image.map(|side| json!({ "const": side })));
    let array = |items: &Value| json!({ "type": "array", "items": items });
    let flat = array(number);
    let nested = array(&array(&array(&flat)));
    let mut parameters = optional("object");
    parameters["properties"] = json!({
        "binary_data_size": {
            "description": "Bytes of this tensor after the JSON, in the place of data",
            "type": ["integer", "null"],
            "minimum": 0,
        },
    });
    let properties = json!({
        "name": { "const": name },
        "datatype": { "const": datatype },
        "shape": { "type": "array", "prefixItems": sides, "items": false, "minItems": 4, "maxItems": 4 },
        "parameters": parameters,
        "data": {
            "description": "As many numbers as the shape says, row by row; in arrays within arrays only as the shape has them",
            "anyOf": [flat, nested, { "type": "null" }],
        },
    });
    object(properties, &["name", "datatype", "shape"])
}

fn requested_output(models: &[ModelFacts]) -> Value {
    let classes = models.iter().map(|facts| facts.class_names.len()).max().unwrap_or(1);
    let mut parameters = optional("object");
    parameters["properties"] = json!({
        "binary_data": optional("boolean"),
        "classification": {
            "description": "Of probabilities alone: so many of the most probable classes as probability:index:name",
            "type": ["integer", "null"],
            "minimum": 1,
            "maximum": classes,
        },
    });
    let properties = json!({ "name": { "enum": Output::ALL.map(Output::name) }, "parameters": parameters });
    object(properties, &["name"])
}

fn infer_response() -> Value {
    let output = object(
        json!({
            "name": { "enum": Output::ALL.map(Output::name) },
            "datatype": { "enum": Output::ALL.map(Output::datatype) },
            "shape": { "type": "array", "items": { "type": "integer", "minimum": 1 } },
            "parameters": object(json!({ "binary_data_size": { "type": "integer", "minimum": 0 } }), &[]),
            "data": { "type": "array", "items": { "type": ["number", "string"] } },
        }),
        &["name", "datatype", "shape"],
    );
    let properties = json!({
        "model_name": { "type": "string" },
        "model_version": { "type": "string" },
        "id": { "description": "That of the request, if it had one", "type": "string" },
        "outputs": { "type": "array", "items": output, "minItems": 1 },
    });
    object(properties, &["model_name", "model_version", "outputs"])
}

/// What `toile predict --json` says of a picture, too.
fn prediction() -> Value {
    let probability = json!({ "type": "number", "minimum": 0, "maximum": 1 });
    let ranked = object(
        json!({ "class": { "type": "string" }, "probability": probability }),
        &["class", "probability"],
    );
    let properties = json!({
        "model": { "type": "string" },
        "version": { "type": "string" },
        "class": { "type": "string" },
        "probability": probability,
        "top": { "description": "The most probable classes", "type": "array", "items": ranked },
        "probabilities": {
            "description": "By the names of the classes",
            "type": "object",
            "additionalProperties": probability,
        },
    });
    object(properties, &["model", "version", "class", "probability", "top", "probabilities"])
}
