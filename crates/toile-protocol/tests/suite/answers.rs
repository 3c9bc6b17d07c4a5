//! Answers, as a client reads them.

use serde_json::{Value, json};
use toile_protocol::{Answers, InferRequest, Output, Pixels, WantedOutput, write_infer};

use crate::facts;

const PROBABILITIES: [f32; 6] = [0.1, 0.8, 0.099_999_994, 0.4, 0.2, 0.4];

/// Of the second image's two equals it is the last that is the class: what they were before they were rounded tells.
const ANSWERS: Answers<'_> = Answers { probabilities: &PROBABILITIES, classes: &[1, 2] };

fn request(outputs: Vec<WantedOutput>) -> InferRequest {
    InferRequest { id: Some("42".into()), pixels: Pixels::Bytes(vec![0; 12]), images: 2, outputs }
}

fn plain(output: Output) -> WantedOutput {
    WantedOutput { output, binary: false, classification: None }
}

#[test]
fn json_has_every_output_with_its_shape() {
    let outputs = [Output::Class, Output::Probabilities, Output::ClassName].map(plain).to_vec();
    let answer = write_infer(&request(outputs), &facts(), "1", ANSWERS);
    assert_eq!(answer.json_length, None);
    let text = String::from_utf8(answer.body).expect("JSON is UTF-8");
    assert!(text.contains("[0.1,0.8,0.099999994,0.4,0.2,0.4]"), "{text}");
    let mut value: Value = serde_json::from_str(&text).expect("it is JSON");
    // A 64 bit reader sees other digits.
    value["outputs"][1]["data"].take();
    let wanted = json!({
        "model_name": "quick-better", "model_version": "1", "id": "42",
        "outputs": [
            { "name": "class", "datatype": "INT64", "shape": [2], "data": [1, 2] },
            { "name": "probabilities", "datatype": "FP32", "shape": [2, 3], "data": null },
            { "name": "class_name", "datatype": "BYTES", "shape": [2], "data": ["Trouser", "Übermantel \"x\""] },
        ],
    });
    assert_eq!(value, wanted);
}

#[test]
fn without_an_id_there_is_none() {
    let request = InferRequest { id: None, ..request(vec![plain(Output::Class)]) };
    let value: Value =
        serde_json::from_slice(&write_infer(&request, &facts(), "0", ANSWERS).body).expect("JSON");
    assert_eq!(value.get("id"), None);
}

#[test]
fn floats_come_back_as_the_same_32_bit_floats() {
    let mut floats: Vec<f32> =
        (0..3000_u32).map(|i| f32::from_bits(i.wrapping_mul(0x9e37_79b9) % 0x3f80_0001)).collect();
    floats.extend([0.0, 1.0, f32::MIN_POSITIVE, f32::from_bits(1), 1.0 - f32::EPSILON / 2.0, 1e-30]);
    let request = InferRequest { images: floats.len() / 3, ..request(vec![plain(Output::Probabilities)]) };
    let answers = Answers { probabilities: &floats, classes: &vec![0; floats.len() / 3] };
    let text = String::from_utf8(write_infer(&request, &facts(), "0", answers).body).expect("UTF-8");
    let (_, data) = text.split_once("\"data\":[").expect("there are data");
    let (data, _) = data.split_once(']').expect("they end");
    let read: Vec<f32> = data.split(',').map(|number| number.parse().expect("a number")).collect();
    assert_eq!(read, floats);
    // As Python reads them: to 64 bits, then to 32.
    let read: Vec<f32> =
        data.split(',').map(|number| number.parse::<f64>().expect("a number") as f32).collect();
    assert_eq!(read, floats);
}

#[test]
fn binary_outputs_follow_in_order() {
    let binary = |output| WantedOutput { binary: true, ..plain(output) };
    let outputs = vec![
        binary(Output::ClassName),
        plain(Output::Class),
        binary(Output::Class),
        binary(Output::Probabilities),
    ];
    let answer = write_infer(&request(outputs), &facts(), "0", ANSWERS);
    let (json, bytes) = answer.body.split_at(answer.json_length.expect("binary data follow"));
    let value: Value = serde_json::from_slice(json).expect("JSON");
    let sizes: Vec<Option<u64>> =
        (0..4).map(|i| value["outputs"][i]["parameters"]["binary_data_size"].as_u64()).collect();
    assert_eq!(sizes, [Some(4 + 7 + 4 + 15), None, Some(16), Some(24)]);
    assert_eq!(value["outputs"][0].get("data"), None);
    let mut wanted = b"\x07\0\0\0Trouser\x0f\0\0\0\xc3\x9cbermantel \"x\"".to_vec();
    wanted.extend([1_i64, 2].map(i64::to_le_bytes).as_flattened());
    wanted.extend(PROBABILITIES.map(f32::to_le_bytes).as_flattened());
    assert_eq!(bytes, wanted);
}

#[test]
fn classification_ranks_the_classes() {
    let top = |binary| WantedOutput { output: Output::Probabilities, binary, classification: Some(2) };
    let answer = write_infer(&request(vec![top(false)]), &facts(), "0", ANSWERS);
    let value: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let wanted = json!({ "name": "probabilities", "datatype": "BYTES", "shape": [2, 2],
        "data": ["0.8:1:Trouser", "0.1:0:T-shirt/top", "0.4:2:Übermantel \"x\"", "0.4:0:T-shirt/top"] });
    assert_eq!(value["outputs"][0], wanted);
    let answer = write_infer(&request(vec![top(true)]), &facts(), "0", ANSWERS);
    let bytes = &answer.body[answer.json_length.expect("binary")..];
    assert!(bytes.starts_with(b"\x0d\0\0\x000.8:1:Trouser\x11\0\0\x000.1:0:T-shirt/top"), "{bytes:?}");
}
