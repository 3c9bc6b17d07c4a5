//! The JSON of a request. What it says about tensors is not believed here.

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::fields::{Few, Whole, objects};
use super::place::{refused, shortened};
use super::words::plain;
use crate::types::Refusal;

objects! {
    struct Document<'de> {
        id: String,
        parameters: RequestParameters,
        inputs: Few<Input<'de>, 4>,
        outputs: Few<RequestedOutput, 8>,
    }

    struct RequestParameters {
        binary_data_output: bool,
    }

    struct Input<'de> {
        name: String,
        datatype: String,
        shape: Few<Whole, 8>,
        parameters: InputParameters,
        /// As it stands there: what its numbers have to be may stand after it.
        data: &'de RawValue,
    }

    struct InputParameters {
        binary_data_size: Whole,
        shared_memory_region: IgnoredAny,
    }

    struct RequestedOutput {
        name: String,
        parameters: OutputParameters,
    }

    struct OutputParameters {
        binary_data: bool,
        classification: Whole,
        shared_memory_region: IgnoredAny,
    }
}

/// The request's JSON.
pub(super) fn read(json: &str) -> Result<Document<'_>, Refusal> {
    serde_json::from_str(json).map_err(|error| refusal(json, &error))
}

/// Says what is wrong and where. The place takes a second reading, which only those pay who have to know it.
fn refusal(json: &str, error: &serde_json::Error) -> Refusal {
    let (line, column) = (error.line(), error.column());
    let said = error.to_string();
    let said = said.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&said);
    let what = shortened(&plain(said));
    let position = format!("line {line}, column {column}");
    if !error.is_data() {
        return refused(format!("request: {what} ({position}); send one JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_str(json);
    let path = match serde_path_to_error::deserialize::<_, Document<'_>>(&mut reader) {
        Err(error) if error.path().iter().next().is_some() => shortened(&error.path().to_string()),
        _ => "request".to_owned(),
    };
    refused(format!("{path}: {what} ({position}); send what /openapi.json describes"))
}
