//! Integration tests: one module a subject.

mod answers;
mod damage;
mod metadata;
mod openapi;
mod refusals;
mod requests;

use toile_protocol::{InferRequest, ModelFacts, Refusal, parse_infer};

/// Images of 2 rows, 3 columns and 1 channel; 3 classes; at most 4 images.
pub(crate) fn facts() -> ModelFacts {
    ModelFacts {
        name: "quick-better".into(),
        versions: vec!["0".into(), "1".into()],
        image_shape: [1, 2, 3],
        class_names: vec!["T-shirt/top".into(), "Trouser".into(), "Übermantel \"x\"".into()],
        batch_max: 4,
    }
}

pub(crate) fn parsed(json: &str) -> Result<InferRequest, Refusal> {
    parse_infer(json.as_bytes(), None, &facts())
}

/// JSON and the bytes after it, with the header that belongs to them.
pub(crate) fn parsed_binary(json: &str, bytes: &[u8]) -> Result<InferRequest, Refusal> {
    parse_infer(&[json.as_bytes(), bytes].concat(), Some(json.len()), &facts())
}
