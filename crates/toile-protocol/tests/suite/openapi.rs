//! The server's description.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use toile_protocol::{ModelFacts, openapi, parse_infer};

use crate::facts;

fn document(models: &[ModelFacts]) -> Value {
    serde_json::from_slice(&openapi(models)).expect("JSON")
}

/// (path, method, operation) of every route.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            all.push((path.clone(), method.clone(), operation.clone()));
        }
    }
    all
}

#[test]
fn every_route_names_every_answer_it_may_give() {
    let operations = operations(&document(&[facts()]));
    let found: BTreeSet<String> = operations
        .iter()
        .map(|(path, method, operation)| {
            let statuses: Vec<&str> =
                operation["responses"].as_object().expect("answers").keys().map(String::as_str).collect();
            format!("{method} {path}: {}", statuses.join(" "))
        })
        .collect();
    let wanted = [
        "get /: 200 401 404 405 408 431 500 503",
        "get /live/{model}: 200 400 401 404 405 408 431 500 503",
        "get /metrics: 200 401 405 408 431 500 503",
        "get /openapi.json: 200 401 405 408 431 500 503",
        "get /v2/health/live: 200 401 405 408 431 500 503",
        "get /v2/health/ready: 200 401 405 408 431 500 503",
        "get /v2/models/{model}/ready: 200 400 401 404 405 408 431 500 503",
        "get /v2/models/{model}/versions/{version}/ready: 200 400 401 404 405 408 431 500 503",
        "get /v2/models/{model}/versions/{version}: 200 400 401 404 405 408 431 500 503",
        "get /v2/models/{model}: 200 400 401 404 405 408 431 500 503",
        "get /v2: 200 401 405 408 431 500 503",
        "post /predict/{model}/versions/{version}: 200 400 401 404 405 408 413 415 431 500 503",
        "post /predict/{model}: 200 400 401 404 405 408 413 415 431 500 503",
        "post /predict: 200 400 401 404 405 408 413 415 431 500 503",
        "post /v2/models/{model}/infer: 200 400 401 404 405 408 413 415 431 500 503",
        "post /v2/models/{model}/versions/{version}/infer: 200 400 401 404 405 408 413 415 431 500 503",
    ];
    assert_eq!(found, wanted.map(str::to_owned).into());
}

#[test]
fn references_lead_somewhere_and_names_are_there_once() {
    let document = document(&[facts()]);
    let mut references = 0;
    walk(&document, &mut |value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let pointer = reference.strip_prefix('#').expect("nothing is elsewhere");
            assert!(document.pointer(pointer).is_some(), "{reference}");
            references += 1;
        }
    });
    assert!(references > 50, "{references}");
    let mut ids = BTreeSet::new();
    for (path, _, operation) in operations(&document) {
        assert!(ids.insert(operation["operationId"].to_string()), "{path}");
        let declared = operation["parameters"].as_array().cloned().unwrap_or_default();
        for name in ["model", "version"] {
            let reference = json!({ "$ref": format!("#/components/parameters/{name}") });
            assert_eq!(path.contains(&format!("{{{name}}}")), declared.contains(&reference), "{path} {name}");
        }
    }
}

fn walk(value: &Value, see: &mut impl FnMut(&Value)) {
    see(value);
    match value {
        Value::Array(values) => values.iter().for_each(|value| walk(value, see)),
        Value::Object(values) => values.values().for_each(|value| walk(value, see)),
        _ => {}
    }
}

#[test]
fn the_example_is_a_request_of_the_first_model() {
    let other =
        ModelFacts { name: "other".into(), image_shape: [3, 8, 8], versions: vec!["7".into()], ..facts() };
    let document = document(&[facts(), other]);
    let operation = &document["paths"]["/v2/models/{model}/infer"]["post"];
    let request =
        &operation["requestBody"]["content"]["application/json"]["examples"]["one black image"]["value"];
    let parsed = parse_infer(request.to_string().as_bytes(), None, &facts()).expect("it is right");
    assert_eq!((parsed.images, parsed.outputs.len()), (1, 2));
    let answer = &operation["responses"]["200"]["content"]["application/json"]["examples"];
    let wanted = json!({ "model_name": "quick-better", "model_version": "0", "id": "42", "outputs": [
        { "name": "probabilities", "datatype": "FP32", "shape": [1, 3], "data": [0.5, 0.25, 0.25] },
        { "name": "class_name", "datatype": "BYTES", "shape": [1], "data": ["T-shirt/top"] },
    ] });
    assert_eq!(answer["probabilities and name"]["value"], wanted);
    let parameters = &document["components"]["parameters"];
    assert_eq!(parameters["model"]["schema"], json!({ "enum": ["other", "quick-better"] }));
    assert_eq!(parameters["version"]["schema"], json!({ "enum": ["0", "1", "7"] }));
    assert_eq!(document["components"]["schemas"]["Input"]["anyOf"].as_array().expect("kinds").len(), 4);
}

#[test]
fn large_images_and_no_models_are_described_too() {
    let large = ModelFacts { image_shape: [3, 512, 512], ..facts() };
    assert!(openapi(&[large]).len() < 30_000);
    assert!(!openapi(&[]).is_empty());
}
