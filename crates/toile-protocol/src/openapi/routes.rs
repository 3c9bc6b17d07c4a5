//! What is answered where.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::answers::{answers, json_of, schema, text_of};
use super::example::example;
use crate::types::ModelFacts;

/// Statuses that a route with a name in its address may answer with: names that are not UTF-8, and names of nothing.
const WITH_NAME: [&str; 2] = ["400", "404"];
/// Statuses that a route with a body may answer with.
const WITH_BODY: [&str; 4] = ["400", "404", "413", "415"];

pub(super) fn paths(models: &[ModelFacts]) -> Value {
    let mut paths = Map::new();
    let mut at = |path: &str, method: &str, operation: Value| {
        paths.insert(path.to_owned(), json!({ method: operation }));
    };
    at(
        "/v2",
        "get",
        get("protocol", "serverMetadata", "What the server is", json_of("The server", "Server"), &[]),
    );
    at("/v2/health/live", "get", live());
    at("/v2/health/ready", "get", ready());
    for (path, suffix, parameters) in [
        ("/v2/models/{model}", "", &["model"][..]),
        ("/v2/models/{model}/versions/{version}", "OfVersion", &["model", "version"]),
    ] {
        let id = |name: &str| format!("{name}{suffix}");
        let metadata = json_of("The model", "Model");
        at(
            path,
            "get",
            of(get("protocol", &id("modelMetadata"), "What a model is", metadata, &WITH_NAME), parameters),
        );
        let is_ready = json_of("It is ready", "ModelReady");
        let operation = get("protocol", &id("modelReady"), "Whether a model is ready", is_ready, &WITH_NAME);
        at(&format!("{path}/ready"), "get", of(operation, parameters));
        let mut all = parameters.to_vec();
        all.push("jsonLength");
        at(&format!("{path}/infer"), "post", of(infer(&id("infer"), models), &all));
    }
    for (path, suffix, parameters) in [
        ("/predict", "", &[][..]),
        ("/predict/{model}", "OfModel", &["model"]),
        ("/predict/{model}/versions/{version}", "OfVersion", &["model", "version"]),
    ] {
        at(path, "post", of(predict(&format!("predict{suffix}")), parameters));
    }
    let page = || text_of("The page, or a list of the models", "text/html");
    at("/", "get", get("pictures", "home", "A page in which the only model runs", page(), &["404"]));
    let live = get("pictures", "page", "A page in which a model runs", page(), &WITH_NAME);
    at("/live/{model}", "get", of(live, &["model"]));
    let metrics = text_of("In the text format of Prometheus", "text/plain");
    at(
        "/metrics",
        "get",
        get("server", "metrics", "What has been asked and answered, counted", metrics, &[]),
    );
    let description = json!({
        "description": "OpenAPI 3.1",
        "content": { "application/json": { "schema": { "type": "object", "required": ["openapi", "paths"] } } },
    });
    at("/openapi.json", "get", get("server", "description", "This description", description, &[]));
    Value::Object(paths)
}

/// The parameters that routes have in common.
pub(super) fn parameters(models: &[ModelFacts]) -> Value {
    let names: BTreeSet<&String> = models.iter().map(|facts| &facts.name).collect();
    let versions: BTreeSet<&String> = models.iter().flat_map(|facts| &facts.versions).collect();
    let path = |name: &str, what: &str, values: BTreeSet<&String>| json!({ "name": name, "in": "path", "required": true, "description": what, "schema": { "enum": values } });
    json!({
        "model": path("model", "The name of a model", names),
        "version": path("version", "A version of the model: the seed that it was trained with, or all for the mean of several", versions),
        "jsonLength": {
            "name": "Inference-Header-Content-Length",
            "in": "header",
            "description": "How many bytes of the body are JSON, where the bytes of a tensor follow it. 0: the body is the \
                pixels of images alone",
            "schema": { "type": "integer", "minimum": 0 },
        },
    })
}

fn get(tag: &str, id: &str, summary: &str, good: Value, statuses: &[&str]) -> Value {
    json!({ "tags": [tag], "operationId": id, "summary": summary, "responses": answers(good, statuses) })
}

/// An operation with these parameters.
fn of(mut operation: Value, parameters: &[&str]) -> Value {
    let reference = |name: &&str| json!({ "$ref": format!("#/components/parameters/{name}") });
    operation["parameters"] = parameters.iter().map(reference).collect();
    operation
}

fn live() -> Value {
    let mut operation =
        get("protocol", "serverLive", "Whether the server lives", json_of("It does", "Live"), &[]);
    operation["security"] = json!([]);
    operation
}

/// Not ready is said in the words of ready, unless there are too many connections to say anything else than that.
fn ready() -> Value {
    let good = json_of("It takes requests", "Ready");
    let mut operation = get("protocol", "serverReady", "Whether the server takes requests", good, &[]);
    operation["security"] = json!([]);
    operation["responses"]["503"] = json!({
        "description": "It ends, or too many connections are open",
        "content": { "application/json": { "schema": { "anyOf": [schema("Ready"), schema("Error")] } } },
    });
    operation
}

fn infer(id: &str, models: &[ModelFacts]) -> Value {
    let mut body = json!({ "schema": schema("InferRequest") });
    let mut good = json_of("The tensors; as bytes after the JSON where that was asked for", "InferResponse");
    if let Some((request, answer)) = models.first().and_then(example) {
        body["examples"] = json!({ "one black image": { "value": request } });
        good["content"]["application/json"]["examples"] =
            json!({ "probabilities and name": { "value": answer } });
    }
    good["content"]["application/octet-stream"] = json!({});
    good["headers"] = json!({
        "Inference-Header-Content-Length": {
            "description": "How many bytes of the answer are JSON, where bytes of tensors follow it",
            "schema": { "type": "integer", "minimum": 0 },
        },
    });
    json!({
        "tags": ["protocol"],
        "operationId": id,
        "summary": "What a model makes of images",
        "requestBody": {
            "required": true,
            "description": "JSON, or JSON and the bytes of a tensor behind it",
            "content": { "application/json": body, "application/octet-stream": {} },
        },
        "responses": answers(good, &WITH_BODY),
    })
}

fn predict(id: &str) -> Value {
    let form = json!({
        "type": "object",
        "properties": { "image": { "type": "string", "format": "binary" } },
        "required": ["image"],
        "additionalProperties": false,
    });
    json!({
        "tags": ["pictures"],
        "operationId": id,
        "summary": "What a model makes of a picture; without a name the only model, without a version the lowest",
        "requestBody": {
            "required": true,
            "description": "The bytes of a picture file, whatever type is named, or a form with one file",
            "content": {
                "application/octet-stream": {},
                "image/png": {},
                "image/jpeg": {},
                "multipart/form-data": { "schema": form },
            },
        },
        "responses": answers(json_of("The classes and their probabilities", "Prediction"), &WITH_BODY),
    })
}
