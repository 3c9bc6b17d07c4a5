//! Values as Python writes them.

use serde_json::json;
use toile_nn::description::Pair;

/// A string: one of JSON is one of Python.
pub(crate) fn text(text: &str) -> String {
    json!(text).to_string()
}

/// A number, with as many digits as it takes to read it back.
pub(crate) fn number(number: f64) -> String {
    format!("{number:?}")
}

/// A list of values that are written already.
pub(crate) fn list(values: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", values.into_iter().collect::<Vec<_>>().join(", "))
}

/// `3`, or `(3, 5)` where the sides differ.
pub(crate) fn pair(Pair { height, width }: Pair) -> String {
    if height == width { height.to_string() } else { format!("({height}, {width})") }
}
