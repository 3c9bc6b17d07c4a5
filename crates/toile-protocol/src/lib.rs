//! The Open Inference Protocol v2 over HTTP as bytes: requests become typed values, typed answers become bytes.
//!
//! Pure functions: nothing here knows sockets, networks or files.

mod types;

pub use types::{InferRequest, InferResponse, ModelFacts, Output, Pixels, Refusal, WantedOutput};

/// What a request for an inference asks. `json_length` is the header `Inference-Header-Content-Length`: how much of the
/// body is JSON where binary tensors follow it.
pub fn parse_infer(
    body: &[u8],
    json_length: Option<usize>,
    facts: &ModelFacts,
) -> Result<InferRequest, Refusal> {
    let _ = (body, json_length, facts);
    todo!()
}

/// The answer, from probabilities `[image][class]`.
pub fn write_infer(
    request: &InferRequest,
    facts: &ModelFacts,
    version: &str,
    probabilities: &[f32],
) -> InferResponse {
    let _ = (request, facts, version, probabilities);
    todo!()
}

/// Answers `GET /v2`.
pub fn server_metadata() -> Vec<u8> {
    todo!()
}

/// Answers `GET /v2/health/live`.
pub fn server_live() -> Vec<u8> {
    todo!()
}

/// Answers `GET /v2/health/ready`.
pub fn server_ready(ready: bool) -> Vec<u8> {
    let _ = ready;
    todo!()
}

/// Answers `GET /v2/models/{name}`.
pub fn model_metadata(facts: &ModelFacts) -> Vec<u8> {
    let _ = facts;
    todo!()
}

/// Answers `GET /v2/models/{name}/ready`.
pub fn model_ready(name: &str, ready: bool) -> Vec<u8> {
    let _ = (name, ready);
    todo!()
}

/// The body of every answer that is no success.
pub fn error(message: &str) -> Vec<u8> {
    let _ = message;
    todo!()
}

/// The server's own description, JSON of OpenAPI 3.1.
pub fn openapi(models: &[ModelFacts]) -> Vec<u8> {
    let _ = models;
    todo!()
}
