//! The combinations of two models' levels, each as a model with a name.

use std::path::Path;

use toile_statistics::fractional::Fraction;

use super::{Factor, FactorsError};
use crate::provenance::trained_as;
use crate::recipe::Recipe;
use crate::study::{Model, Study};
use crate::study_file::{Mix, Source};
use toile_store::{RunFolder, StoredRun};

/// Folders are named by models; file systems end at 255 bytes.
const NAME_BYTES_MAX: usize = 200;

/// One combination of levels.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// For each factor, whether it is at its second level.
    pub second_level: Vec<bool>,
    /// The model whose runs they are.
    pub model: Model,
}

/// Which factors are at their second level in the cell of this index.
pub fn second_level(cell: usize, factors: usize) -> Vec<bool> {
    (0..factors).map(|factor| cell >> factor & 1 == 1).collect()
}

/// All combinations; bit j of an index is set where factor j is at its second level. Of more than five factors those of
/// the [`Fraction`], in its order: the first model first, the second last.
///
/// A combination that is a model of the study goes by that model's name, and shares its runs. One that was
/// trained in the folder of results under another name goes by that. The others are called by the first model
/// and the factors at their second level: `baseline+dropout+epochs`.
///
/// # Errors
/// A combination that is no model: a network whose shapes do not fit, or a name too long.
pub fn cells(
    source: &Source,
    study: &Study,
    (first, second): (&Model, &Model),
    factors: &[Factor],
    out: &Path,
) -> Result<Vec<Cell>, FactorsError> {
    let chosen: Vec<usize> = match Fraction::new(factors.len()) {
        None => (0..1 << factors.len()).collect(),
        Some(fraction) => fraction.cells().into_iter().map(|cell| cell as usize).collect(),
    };
    let last = chosen.len() - 1;
    let levels: Vec<Vec<bool>> = chosen.into_iter().map(|cell| second_level(cell, factors.len())).collect();
    let at_second = |levels: &[bool]| {
        let chosen = factors.iter().zip(levels).filter(|(_, second)| **second).map(|(factor, _)| factor);
        chosen.cloned().collect::<Vec<Factor>>()
    };
    let mut named = Vec::new();
    for levels in &levels {
        let chosen = at_second(levels);
        let names = chosen.iter().map(|factor| format!("+{}", factor.name));
        let name = first.name.clone() + &names.collect::<String>();
        if name.len() > NAME_BYTES_MAX {
            return Err(FactorsError::LongName { name });
        }
        named.push((name, chosen.into_iter().flat_map(|factor| factor.keys).collect::<Vec<String>>()));
    }
    let mixes: Vec<Mix<'_>> = named
        .iter()
        .map(|(name, keys)| Mix { name, first: &first.name, second: &second.name, keys })
        .collect();
    let mixed = source.mixed(&mixes, &study.data).map_err(|source| {
        let models = (first.name.clone(), second.name.clone());
        FactorsError::Impossible { models, source }
    })?;
    // A folder that another combination would have is not taken for this one.
    let mut others = folders(out);
    others.retain(|name| named.iter().all(|(known, _)| known != name));
    let mut cells = Vec::new();
    for (index, (second_level, model)) in levels.into_iter().zip(mixed).enumerate() {
        let model = match index {
            0 => first.clone(),
            _ if index == last => second.clone(),
            _ => known_as(study, model, out, &others)?,
        };
        cells.push(Cell { second_level, model });
    }
    Ok(cells)
}

/// The model of the study with the same recipe; or the combination, named as its runs are. `others` are folders
/// it may have been trained in under another name.
fn known_as(study: &Study, model: Model, out: &Path, others: &[String]) -> Result<Model, FactorsError> {
    let called = |name: &str| Model { name: name.to_string(), on_request: true, ..model.clone() };
    let is_taken = |name: &str| study.models.iter().any(|other| other.name == name);
    if let Some(same) = study.models.iter().find(|other| other.recipe == model.recipe) {
        return Ok(same.clone());
    }
    let mut name = model.name.clone();
    // Another recipe of the study has its name.
    while is_taken(&name) {
        name.push('+');
    }
    // The name it would have comes first.
    for name in std::iter::once(&name).chain(others).filter(|name| !is_taken(name)) {
        if holds_runs_of(out, name, &model.recipe)? {
            return Ok(called(name));
        }
    }
    Ok(called(&name))
}

/// Whether a run in the folder of this model was trained by the recipe.
fn holds_runs_of(out: &Path, name: &str, recipe: &Recipe) -> Result<bool, FactorsError> {
    for seed in RunFolder::seeds(out, name) {
        let run = StoredRun::open(&RunFolder::new(out, name, seed))?;
        if run.is_some_and(|run| trained_as(&run, recipe)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Names of the folders in the folder of results, in order.
fn folders(out: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(out).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}
