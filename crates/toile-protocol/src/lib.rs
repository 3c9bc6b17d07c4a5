//! The Open Inference Protocol v2 over HTTP as bytes: requests become typed values, typed answers become bytes.
//!
//! Pure functions: nothing here knows sockets, networks or files. The protocol is that of KServe and Triton, with the
//! extensions `binary_tensor_data` and `classification`. What a model takes and answers with:
//!
//! | | name | type | shape |
//! |---|---|---|---|
//! | in | `images` | UINT8 | `[batch, rows, columns, channels]` |
//! | or in | `normalized` | FP32 | `[batch, channels, rows, columns]`, normalized already |
//! | out | `probabilities` | FP32 | `[batch, classes]` |
//! | out | `class` | INT64 | `[batch]` |
//! | out | `class_name` | BYTES | `[batch]` |
//!
//! A key or parameter that the protocol does not know is passed over, as Triton does; what is known and wrong is refused.

mod answer;
mod metadata;
mod openapi;
mod request;
mod types;

pub use answer::write_infer;
pub use metadata::{error, model_metadata, model_ready, server_live, server_metadata, server_ready};
pub use openapi::openapi;
pub use request::parse_infer;
pub use types::{Answers, InferRequest, InferResponse, ModelFacts, Output, Pixels, Refusal, WantedOutput};
