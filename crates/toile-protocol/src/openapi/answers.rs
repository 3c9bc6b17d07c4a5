//! The answers that routes have in common: what may go wrong.

use serde_json::{Map, Value, json};

/// (status, name, when).
const ERRORS: [(&str, &str, &str); 10] = [
    ("400", "Wrong", "Something is wrong with the request: the message says what, where, and what to do"),
    ("401", "NoToken", "The server wants its token, and the request did not bring it"),
    ("404", "NotThere", "There is no such model or version"),
    ("405", "OtherMethod", "The address takes other methods, which the header Allow names"),
    ("408", "TooSlow", "The request took too long to come"),
    ("413", "TooLarge", "The body or the picture is larger than the server takes"),
    ("415", "Compressed", "The body is compressed"),
    ("431", "LongHead", "The head of the request has too many bytes or fields"),
    ("500", "Bug", "A fault of the server's, to be reported"),
    ("503", "Busy", "Too much waits already, or the server ends"),
];

/// Statuses that any route may answer with.
const ANYWHERE: [&str; 6] = ["401", "405", "408", "431", "500", "503"];

/// The errors, each once, for all routes.
pub(super) fn components() -> Value {
    let error = |(status, name, when): &(&str, &str, &str)| {
        let mut response =
            json!({ "description": when, "content": { "application/json": { "schema": schema("Error") } } });
        if *status == "503" {
            response["headers"] = json!({
                "Retry-After": { "description": "Seconds to wait", "schema": { "type": "integer", "minimum": 0 } },
            });
        }
        if *status == "405" {
            response["headers"] =
                json!({ "Allow": { "description": "The methods", "schema": { "type": "string" } } });
        }
        if *status == "401" {
            response["headers"] =
                json!({ "WWW-Authenticate": { "description": "Bearer", "schema": { "type": "string" } } });
        }
        ((*name).to_owned(), response)
    };
    Value::Object(ERRORS.iter().map(error).collect())
}

/// The answers of a route: the good one, these statuses, and those of any route.
pub(super) fn answers(good: Value, statuses: &[&str]) -> Value {
    let possible = |status: &str| ANYWHERE.contains(&status) || statuses.contains(&status);
    let mut all: Map<String, Value> = ERRORS
        .iter()
        .filter(|(status, _, _)| possible(status))
        .map(|(status, name, _)| {
            ((*status).to_owned(), json!({ "$ref": format!("#/components/responses/{name}") }))
        })
        .collect();
    all.insert("200".into(), good);
    Value::Object(all)
}

/// A good answer of JSON.
pub(super) fn json_of(what: &str, name: &str) -> Value {
    json!({ "description": what, "content": { "application/json": { "schema": schema(name) } } })
}

/// A good answer of text.
pub(super) fn text_of(what: &str, kind: &str) -> Value {
    json!({ "description": what, "content": { kind: { "schema": { "type": "string" } } } })
}

pub(super) fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
