//! The server's own description: every route, what it takes, and every answer that it may give.
//!
//! The routes themselves are the server's; what they are called stands here a second time, in the language of OpenAPI.

mod answers;
mod example;
mod routes;
mod schemas;

use serde_json::{Value, json};

use crate::types::ModelFacts;

/// The description, JSON of OpenAPI 3.1, with examples of the first model.
pub fn openapi(models: &[ModelFacts]) -> Vec<u8> {
    serde_json::to_vec(&document(models)).expect("text and numbers are JSON")
}

fn document(models: &[ModelFacts]) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Toile",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Trained image classifiers that answer by the Open Inference Protocol v2",
            "description": "What is under /v2 is the Open Inference Protocol with the extensions binary_tensor_data and \
                classification, as KServe and Triton have it. A server that was started with a token wants it with every \
                request but those for its health.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "security": [{}, { "token": [] }],
        "tags": [
            { "name": "protocol", "description": "The Open Inference Protocol v2" },
            { "name": "pictures", "description": "Picture files instead of tensors" },
            { "name": "server", "description": "About the server" },
        ],
        "paths": routes::paths(models),
        "components": {
            "schemas": schemas::schemas(models),
            "responses": answers::components(),
            "parameters": routes::parameters(models),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "The content of the file of --token" },
            },
        },
    })
}
