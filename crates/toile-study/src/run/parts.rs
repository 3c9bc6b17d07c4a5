//! Which images a run trains on, is chosen by and is judged by.

use toile_data::Dataset;

use super::data::Data;
use crate::cross_validation::hold_out;
use crate::recipe::{JudgedBy, Recipe, Validation};

/// The images of a run, ascending.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) train: Vec<u32>,
    /// Of the images that are trained on, or of those that the data set sets aside for it.
    pub(super) validation: Vec<u32>,
    /// Of the data as the recipe uses them ([`Data::of_recipe`]): where the run is judged by the images held out, these.
    pub(super) test: Vec<u32>,
}

/// How many images these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartSizes {
    pub(super) train: usize,
    pub(super) validation: usize,
    pub(super) test: usize,
}

impl Parts {
    pub(super) fn sizes(&self) -> PartSizes {
        let Parts { train, validation, test } = self;
        PartSizes { train: train.len(), validation: validation.len(), test: test.len() }
    }
}

/// Whether runs with other seeds have other parts.
pub(super) fn depend_on_seed(recipe: &Recipe) -> bool {
    recipe.cross_validation.is_some() || matches!(recipe.validation, Some(Validation::Share(_)))
}

pub(super) fn parts(recipe: &Recipe, seed: u64, data: Data<'_>) -> Result<Parts, String> {
    let all = |images: usize| (0..images as u32).collect::<Vec<u32>>();
    let (learned_from, test) = match &recipe.cross_validation {
        None => (all(data.train.len()), all(data.test.len())),
        Some(cross_validation) => cross_validation.parts(data.train, seed)?,
    };
    let (train, validation) = match recipe.validation {
        Some(Validation::Share(share)) => hold_out(data.train, &learned_from, share, seed),
        Some(Validation::Part) => (learned_from, all(data.validation.map_or(0, Dataset::len))),
        None => (learned_from, Vec::new()),
    };
    let test = match recipe.judged_by {
        JudgedBy::Test => test,
        JudgedBy::HeldOut | JudgedBy::HeldOutLast => validation.clone(),
    };
    Ok(Parts { train, validation, test })
}

/// The images that were held out of a run, of which none was trained on, with their data set; none where it had none.
///
/// # Errors
/// Data that do not fit the run's cross-validation.
pub fn held_out<'d>(
    recipe: &Recipe,
    seed: u64,
    data: Data<'d>,
) -> Result<Option<(&'d Dataset, Vec<u32>)>, String> {
    let dataset = match recipe.validation {
        None => return Ok(None),
        Some(Validation::Share(_)) => data.train,
        Some(Validation::Part) => match data.validation {
            Some(part) => part,
            None => return Ok(None),
        },
    };
    let Parts { validation, .. } = parts(recipe, seed, data)?;
    Ok((!validation.is_empty()).then_some((dataset, validation)))
}
