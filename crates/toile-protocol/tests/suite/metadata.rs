//! The small answers.

use serde_json::{Value, json};
use toile_protocol as protocol;

use crate::facts;

fn read(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

#[test]
fn servers_and_models_say_what_they_are() {
    let server = read(&protocol::server_metadata());
    assert_eq!(server["extensions"], json!(["binary_tensor_data", "classification"]));
    assert_eq!((&server["name"], &server["version"]), (&json!("toile"), &json!(env!("CARGO_PKG_VERSION"))));
    let wanted = json!({
        "name": "quick-better", "versions": ["0", "1"], "platform": "toile",
        "inputs": [{ "name": "images", "datatype": "UINT8", "shape": [-1, 2, 3, 1] }],
        "outputs": [
            { "name": "probabilities", "datatype": "FP32", "shape": [-1, 3] },
            { "name": "class", "datatype": "INT64", "shape": [-1] },
            { "name": "class_name", "datatype": "BYTES", "shape": [-1] },
        ],
    });
    assert_eq!(read(&protocol::model_metadata(&facts())), wanted);
    assert_eq!(read(&protocol::model_ready("a \"b\"", false)), json!({ "name": "a \"b\"", "ready": false }));
    assert_eq!(read(&protocol::server_live()), json!({ "live": true }));
    assert_eq!(read(&protocol::server_ready(false)), json!({ "live": true, "ready": false }));
    assert_eq!(read(&protocol::error("no\nsuch \u{1}")), json!({ "error": "no\nsuch \u{1}" }));
}
