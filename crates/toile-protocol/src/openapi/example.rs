//! A request and its answer, made by what reads and writes them.

use serde_json::{Value, json};

use crate::answer::write_infer;
use crate::request::parse_infer;
use crate::types::{Answers, ModelFacts};

/// The largest image that is written out, in numbers: nobody reads more.
const NUMBERS_MAX: usize = 4096;

/// A request for one black image, and an answer to it; none for large images.
pub(super) fn example(facts: &ModelFacts) -> Option<(Value, Value)> {
    let [channels, rows, columns] = facts.image_shape;
    let numbers = channels * rows * columns;
    if numbers > NUMBERS_MAX {
        return None;
    }
    let request = json!({
        "id": "42",
        "inputs": [{
            "name": "images",
            "datatype": "UINT8",
            "shape": [1, rows, columns, channels],
            "data": vec![0; numbers],
        }],
        "outputs": [{ "name": "probabilities" }, { "name": "class_name" }],
    });
    let parsed = parse_infer(request.to_string().as_bytes(), None, facts).ok()?;
    let version = facts.versions.first().map_or("0", String::as_str);
    let answer =
        write_infer(&parsed, facts, version, Answers { probabilities: &probabilities(facts), classes: &[0] });
    Some((request, serde_json::from_slice(&answer.body).ok()?))
}

/// Half for the first class, and for each that follows half of what is left: they need no digits beyond a float's.
fn probabilities(facts: &ModelFacts) -> Vec<f32> {
    let classes = facts.class_names.len();
    (1..=classes).map(|class| 0.5_f32.powi(class.min(classes - 1) as i32)).collect()
}
