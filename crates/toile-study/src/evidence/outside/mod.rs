//! Predictions that other programs made, beside runs of Toile: files in, a [`Field`](super::contenders::Field) out, which
//! is compared as any other.
//!
//! A file is a CSV table with a header: `index` (place of the image among the test images, from 0), `label`,
//! `prediction`, and a column `probability CLASS` a class, or none of them. `log_probability` (of the true class, what
//! rounding to a probability loses) may follow; Toile's own predictions.csv is such a file.

mod arguments;
mod error;
mod field;
mod matching;
mod table;

pub use error::OutsideError;
pub use field::{Gathered, read};
