//! What the runs of a study prove: every test image's outcome under every run, and what follows from them.
//!
//! [`outcomes`] reads what runs left; [`comparison`], [`attribution`] and [`ablation`] hold what was computed
//! from them, as it is written to JSON and drawn. The arithmetic is `toile-statistics`'.
//!
//! A comparison goes this way: [`contenders`] finds runs in folders, [`looks`] counts how often they were looked at,
//! [`compare`] does the rest, and [`judge`] is all of that.

pub mod ablation;
pub mod attribution;
mod changes;
pub mod compare;
pub mod comparison;
mod contender;
mod contender_error;
pub mod contenders;
pub(crate) mod current;
pub mod ensembles;
mod error;
pub mod factorial;
mod few_images;
pub mod files;
pub mod judge;
pub mod looks;
mod metric;
pub mod outcomes;
pub mod outside;
pub(crate) mod repeats;
pub mod samples;
pub mod search;
mod sentence;
pub mod settings;
pub mod suspects;
pub mod sweep;
pub mod tuning;
pub mod words;

pub use current::Evidence;
pub use error::EvidenceError;
pub use metric::{Interval, Metric};
