//! The small answers: what the server and its models are, whether they are ready, and what went wrong.

use serde::Serialize;
use serde_json::json;

use crate::types::{ModelFacts, Output};

/// What is served beyond the protocol itself.
const EXTENSIONS: [&str; 2] = ["binary_tensor_data", "classification"];

/// Answers `GET /v2`.
pub fn server_metadata() -> Vec<u8> {
    bytes(&json!({ "name": "toile", "version": env!("CARGO_PKG_VERSION"), "extensions": EXTENSIONS }))
}

/// Answers `GET /v2/health/live`.
pub fn server_live() -> Vec<u8> {
    bytes(&json!({ "live": true }))
}

/// Answers `GET /v2/health/ready`. The protocol's text calls the answer `live` here too, its servers call it `ready`.
pub fn server_ready(ready: bool) -> Vec<u8> {
    bytes(&json!({ "live": true, "ready": ready }))
}

/// Answers `GET /v2/models/{name}`. The input is `images` alone: a client takes every input for one that it has to send.
pub fn model_metadata(facts: &ModelFacts) -> Vec<u8> {
    let [channels, rows, columns] = facts.image_shape;
    let output = |output: Output| {
        let mut shape = vec![-1];
        if output == Output::Probabilities {
            shape.push(facts.class_names.len() as i64);
        }
        json!({ "name": output.name(), "datatype": output.datatype(), "shape": shape })
    };
    bytes(&json!({
        "name": facts.name,
        "versions": facts.versions,
        "platform": "toile",
        "inputs": [{ "name": "images", "datatype": "UINT8", "shape": [-1, rows, columns, channels] }],
        "outputs": Output::ALL.map(output),
    }))
}

/// Answers `GET /v2/models/{name}/ready`.
pub fn model_ready(name: &str, ready: bool) -> Vec<u8> {
    bytes(&json!({ "name": name, "ready": ready }))
}

/// The body of every answer that is no success.
pub fn error(message: &str) -> Vec<u8> {
    bytes(&json!({ "error": message }))
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("text and numbers are JSON")
}
