//! Which runs judge labels. A judge is a network of its own that has not seen the image; what is none is left out, and told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use toile_store::{RunFolder, RunId, RunStatus, StoreError, StoredRun};

use super::SuspectsError;
use crate::cross_validation::Fold;
use crate::evidence::contenders::{folds_of, models_in};
use crate::evidence::outcomes::{ModelOutcomes, Outcomes};
use crate::evidence::repeats::{Gathered, whole_runs};
use crate::numbers::{counted, joined};
use crate::provenance::is_imported;
use crate::results::{self, StudyResults};

/// Runs that judge labels.
#[derive(Clone, Debug)]
pub struct Judges {
    /// Finished runs, by model and seed; one at least.
    pub runs: Vec<StoredRun>,
    /// What was left out and why, in sentences.
    pub left_out: Vec<String>,
    /// Folds of the study, where its results say so; else the runs' own configurations say it.
    folds: Option<u32>,
}

impl Judges {
    /// SHA-256 of what they made of all images, by which the evidence of their study knows them again.
    ///
    /// # Errors
    /// Predictions that are missing or damaged.
    pub fn digest(&self) -> Result<String, StoreError> {
        let mut outcomes = Outcomes::default();
        for runs in self.runs.chunk_by(|one, next| one.folder.id().model == next.folder.id().model) {
            let Some(first) = runs.first() else { continue };
            let Gathered { labels, runs, .. } = whole_runs(self.folds.or_else(|| folds_of(first)), runs)?;
            if !runs.is_empty() {
                // Labels are the same for all that judge together.
                outcomes.labels = labels;
                outcomes.models.push(ModelOutcomes { name: first.folder.id().model.clone(), runs });
            }
        }
        Ok(outcomes.digest())
    }
}

/// Why a run is no judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// Its network is another run's, which would judge twice.
    Int8,
    /// Its weights were trained elsewhere.
    Imported,
    /// It is none of the study's runs.
    Unlisted,
    /// It is a fold of a repeat that lacks another, which the study's evidence is without.
    Partial,
}

/// The finished runs below a folder that judge: of a study, those that its `results.json` has; of a model; or one run.
///
/// # Errors
/// No run that judges, and a file that cannot be read or is damaged.
pub fn judges(path: &Path) -> Result<Judges, SuspectsError> {
    let (folders, study) = match of_run_or_model(path) {
        Some(folders) => (folders, None),
        None => {
            (models_in(path).iter().flat_map(|model| of_model(path, model)).collect(), results::read(path)?)
        }
    };
    let mut runs = Vec::new();
    let mut others: BTreeMap<Reason, (usize, BTreeSet<String>)> = BTreeMap::new();
    for folder in folders {
        match judge(&folder, study.as_ref())? {
            Some(Ok(run)) => runs.push(run),
            Some(Err(reason)) => {
                let (number, models) = others.entry(reason).or_default();
                *number += 1;
                models.insert(folder.id().model.clone());
            }
            None => {}
        }
    }
    let folds = study.as_ref().and_then(|study| study.cross_validation.as_ref()).map(|of| of.folds);
    for run in folds.map_or_else(Vec::new, |folds| take_partial(folds, &mut runs)) {
        let (number, models) = others.entry(Reason::Partial).or_default();
        *number += 1;
        models.insert(run.folder.id().model.clone());
    }
    let left_out: Vec<String> =
        others.into_iter().map(|(reason, (runs, models))| told(reason, runs, &models)).collect();
    match (runs.is_empty(), left_out.is_empty()) {
        (false, _) => Ok(Judges { runs, left_out, folds }),
        (true, true) => Err(SuspectsError::NoRun { path: path.to_owned() }),
        (true, false) => Err(SuspectsError::NoJudge { path: path.to_owned(), left_out }),
    }
}

/// Takes the folds of repeats away that lack a fold.
fn take_partial(folds: u32, runs: &mut Vec<StoredRun>) -> Vec<StoredRun> {
    let repeat =
        |run: &StoredRun| (run.folder.id().model.clone(), Fold::of(folds, run.folder.id().seed).repeat);
    let mut there: BTreeMap<(String, u64), u32> = BTreeMap::new();
    runs.iter().for_each(|run| *there.entry(repeat(run)).or_default() += 1);
    let (whole, partial) = std::mem::take(runs).into_iter().partition(|run| there[&repeat(run)] == folds);
    *runs = whole;
    partial
}

/// The folders of runs where this is the folder of one of them, or of a model.
fn of_run_or_model(path: &Path) -> Option<Vec<RunFolder>> {
    if let Some(run) = RunFolder::at(path) {
        return Some(vec![run]);
    }
    // `.` and `..` have no name of their own.
    let whole = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let runs = of_model(whole.parent()?, whole.file_name()?.to_str()?);
    (!runs.is_empty()).then_some(runs)
}

fn of_model(out: &Path, model: &str) -> Vec<RunFolder> {
    RunFolder::seeds(out, model).into_iter().map(|seed| RunFolder::new(out, model, seed)).collect()
}

/// A finished run, or why it does not judge; `None` where it is not over.
fn judge(
    folder: &RunFolder,
    study: Option<&StudyResults>,
) -> Result<Option<Result<StoredRun, Reason>>, StoreError> {
    if folder.is_int8() {
        return Ok(Some(Err(Reason::Int8)));
    }
    let is_listed = study.is_none_or(|study| lists(study, folder.id()));
    let run = match StoredRun::open(folder) {
        // One that is not asked is in nobody's way, whatever has become of its files.
        Err(_) if !is_listed => return Ok(None),
        run => run?,
    };
    let Some(run) = run.filter(|run| run.results.status == RunStatus::Finished) else { return Ok(None) };
    if is_imported(run.provenance.as_ref(), &run.config) {
        return Ok(Some(Err(Reason::Imported)));
    }
    Ok(Some(if is_listed { Ok(run) } else { Err(Reason::Unlisted) }))
}

/// Whether the study has this run, itself or as a fold of one of its repeats.
fn lists(study: &StudyResults, id: &RunId) -> bool {
    let number = match &study.cross_validation {
        Some(of) => Fold::of(of.folds, id.seed).repeat,
        None => id.seed,
    };
    let of_model = study.models.iter().filter(|model| model.name == id.model);
    of_model.flat_map(|model| &model.runs).any(|run| run.seed == number)
}

fn told(reason: Reason, runs: usize, models: &BTreeSet<String>) -> String {
    let models = listed(models);
    match reason {
        Reason::Int8 => format!(
            "left out: {} of {models}, as networks of other runs in whole numbers are no further judges",
            counted(runs, "int8 run")
        ),
        Reason::Imported => format!(
            "left out: {} of {models}, as nobody knows which images imported weights have seen",
            counted(runs, "run")
        ),
        Reason::Unlisted => format!(
            "left out: {} of {models}, not among those of the study in results.json; `toile run` on it adds its own",
            counted(runs, "run")
        ),
        Reason::Partial => {
            format!("left out: {} of {models}, of repeats that lack a fold", counted(runs, "fold"))
        }
    }
}

/// Names of models, of many the first.
fn listed(models: &BTreeSet<String>) -> String {
    const NAMED: usize = 3;
    let names: Vec<&str> = models.iter().map(String::as_str).collect();
    match names.len().saturating_sub(NAMED) {
        0 => joined(&names),
        more => format!("{} and {more} more", names[..NAMED].join(", ")),
    }
}
