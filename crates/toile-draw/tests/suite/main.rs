//! Charts and what they are made of, without a study.

#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod base64;
mod confusion_table;
mod costs;
mod digits;
mod flow;
mod font;
mod forest;
mod mean_matrix;
mod names;
mod palette;
mod scale;
mod svg;

// Two private files once more: a library that has unit tests is compiled twice as a whole.
#[allow(dead_code, reason = "the test looks at some of it")]
#[path = "../../src/charts/network/flow.rs"]
mod flow_source;
#[path = "../../src/font.rs"]
mod font_source;
