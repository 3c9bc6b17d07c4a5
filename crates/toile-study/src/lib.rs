//! Studies of Toile: from a study file to a plan, from the plan to runs, from runs to results.
//!
//! This crate never sees a terminal or HTML, and prints nothing: progress leaves it as events.

pub mod ablation;
pub mod calibration;
pub mod changes;
pub mod conduct;
pub mod cross_validation;
pub mod draft;
pub mod evidence;
pub mod factors;
pub mod findings;
pub mod images;
pub mod initial;
pub mod int8;
pub mod mean_answer;
pub mod measured;
pub mod memory;
pub mod metrics;
mod model_settings;
pub mod numbers;
mod provenance;
pub mod published;
pub mod recipe;
pub mod renewal;
pub mod results;
pub mod run;
pub mod score;
pub mod search;
pub mod study;
pub mod study_file;
pub mod suspects;
pub mod trained;
pub mod views;

pub use toile_store::{atomic, names};
