//! The key `cross_validation`: how the images are split into folds, and how often.

use super::error::Problem;
use super::value::{Fields, Value};
use crate::cross_validation::CrossValidation;
use crate::recipe::rules::{FOLDS, FOLDS_BOUND, REPEATS, REPEATS_BOUND, SEEDS_MAX};

const EXAMPLE: &str = "cross_validation = { folds = 5, repeats = 2 }";

/// What the key says.
pub(super) struct InFolds {
    pub(super) cross_validation: CrossValidation,
    /// No part of a run.
    pub(super) repeats: u64,
}

pub(super) fn cross_validation(value: &Value) -> Result<InFolds, Problem> {
    let fields = Fields::new(value, "cross_validation", &["folds", "repeats", "group"], EXAMPLE)?;
    let folds = fields.required("folds", "folds = 5")?.integer(FOLDS, FOLDS_BOUND)?;
    let repeats = fields.get("repeats").map_or(Ok(1), |v| v.integer(REPEATS, REPEATS_BOUND))?;
    if folds * repeats > SEEDS_MAX {
        let message =
            format!("{folds} folds in {repeats} repeats are {} trainings of each model", folds * repeats);
        return Err(value.problem(message).help(format!("choose at most {SEEDS_MAX} in all")));
    }
    let group = fields.get("group").map(|v| v.line()).transpose()?.map(str::to_owned);
    Ok(InFolds { cross_validation: CrossValidation { folds: folds as u32, group }, repeats })
}
