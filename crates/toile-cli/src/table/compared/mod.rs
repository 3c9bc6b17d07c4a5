//! A comparison as people read it: models, verdicts, and the images that change hands.
//!
//! The contents are made once, as sections; a terminal and a Markdown page render them. Pure.

mod markdown;
mod sections;
mod terminal;

pub use markdown::markdown;
pub use terminal::{terminal, verdicts};
