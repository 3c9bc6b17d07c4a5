//! The JSON of a request. What it says about tensors is not believed here.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::place::{refused, shortened};
use crate::types::Refusal;

#[derive(Deserialize)]
pub(super) struct Document<'a> {
    pub(super) id: Option<String>,
    pub(super) parameters: Option<Object<RequestParameters>>,
    #[serde(borrow)]
    pub(super) inputs: Vec<Object<Input<'a>>>,
    pub(super) outputs: Option<Vec<Object<RequestedOutput>>>,
}

#[derive(Deserialize)]
pub(super) struct RequestParameters {
    pub(super) binary_data_output: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct Input<'a> {
    pub(super) name: String,
    pub(super) datatype: String,
    pub(super) shape: Vec<u64>,
    pub(super) parameters: Option<Object<InputParameters>>,
    /// As it stands there: what its numbers have to be may stand after it.
    #[serde(borrow)]
    pub(super) data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct InputParameters {
    pub(super) binary_data_size: Option<u64>,
    pub(super) shared_memory_region: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct RequestedOutput {
    pub(super) name: String,
    pub(super) parameters: Option<Object<OutputParameters>>,
}

#[derive(Default, Deserialize)]
pub(super) struct OutputParameters {
    pub(super) binary_data: Option<bool>,
    pub(super) classification: Option<u64>,
    pub(super) shared_memory_region: Option<IgnoredAny>,
}

/// What is read from an object alone: a derived reader would take an array of the fields' values as well.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        from.deserialize_map(Fields(PhantomData)).map(Object)
    }
}

/// The request's JSON.
pub(super) fn read(json: &str) -> Result<Document<'_>, Refusal> {
    match serde_json::from_str::<Object<Document<'_>>>(json) {
        Ok(document) => Ok(document.0),
        Err(error) => Err(refusal(json, &error)),
    }
}

/// Says what is wrong and where. The place takes a second reading, which only those pay who have to know it.
fn refusal(json: &str, error: &serde_json::Error) -> Refusal {
    let (line, column) = (error.line(), error.column());
    let said = error.to_string();
    let what = shortened(said.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&said));
    let position = format!("line {line}, column {column}");
    if !error.is_data() {
        return refused(format!("request: {what} ({position}); send one JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_str(json);
    let path = match serde_path_to_error::deserialize::<_, Object<Document<'_>>>(&mut reader) {
        Err(error) if error.path().iter().next().is_some() => shortened(&error.path().to_string()),
        _ => "request".to_owned(),
    };
    refused(format!("{path}: {what} ({position})"))
}
