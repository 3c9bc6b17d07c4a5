//! A study's folder read again: from what runs left to what a report is made of, without study file or data.

use std::path::Path;

use toile_store::{Receipt, RunFolder, RunStatus, StoredRun};

use super::collect::other_images;
use super::ensembles;
use super::error::ConductError;
use crate::cross_validation::Fold;
use crate::evidence::Evidence;
use crate::evidence::contenders::strays;
use crate::evidence::current;
use crate::evidence::outcomes::{self, ModelOutcomes, Outcomes, RunOutcomes};
use crate::evidence::repeats::{self, FoldOutcomes, gather};
use crate::provenance::unbound;
use crate::results::{self, DatasetSummary, LayerRow, ModelSettings, StudyResults};
use crate::study_file;

/// All that a study's folder says.
#[derive(Clone, Debug)]
pub struct Reread {
    /// `results.json`.
    pub results: StudyResults,
    /// Of the runs that are over, as (model, seed, receipt).
    pub receipts: Vec<(String, u64, Receipt)>,
    /// What the finished runs prove.
    pub evidence: Evidence,
    /// The configuration of each model with runs, as (model, text).
    pub resolved: Vec<(String, String)>,
    /// What a user should know of the files it was read from.
    pub notes: Vec<String>,
}

/// Reads the folder of a study, its runs finished or not.
///
/// # Errors
/// No `results.json`, or a file that is not as Toile leaves it.
pub fn reread(folder: &Path) -> Result<Reread, ConductError> {
    let none = || ConductError::NoResults { folder: folder.to_owned() };
    let mut results = results::read(folder)?.ok_or_else(none)?;
    let (mut receipts, mut resolved) = (Vec::new(), Vec::new());
    let (mut notes, mut early) = (Vec::new(), Vec::new());
    let mut known = Outcomes::default();
    let folds = results.cross_validation.as_ref().map(|of| of.folds);
    for model in &mut results.models {
        notes.extend(strays(folder, &model.name));
        let asked: Vec<u64> = model.runs.iter().map(|run| run.seed).collect();
        let mut stored = Vec::new();
        for seed in folder_numbers(&asked, folds) {
            let Some(run) = StoredRun::open(&RunFolder::new(folder, &model.name, seed))? else { continue };
            notes.extend(run.notes.iter().chain(&run.rows_note).chain(&run.receipt_note).cloned());
            if run.provenance.is_none() && run.results.status != RunStatus::Unfinished {
                early.push(run.folder.id().clone());
            }
            stored.push(run);
        }
        if let Some(run) = stored.first() {
            resolved.push((model.name.clone(), run.config.clone()));
            bring_up_to_date(&mut model.layers, &mut model.settings, &results.dataset, &run.config);
        }
        let runs = outcomes_of(&stored, folds, &results.dataset, &mut known)?;
        if !runs.is_empty() {
            known.models.push(ModelOutcomes { name: model.name.clone(), runs });
        }
        let (told, of_runs) = repeats::told(folds, stored, &asked);
        receipts.extend(of_runs.into_iter().map(|(seed, receipt)| (model.name.clone(), seed, receipt)));
        for run in told {
            model
                .runs
                .iter_mut()
                .filter(|known| known.seed == run.seed)
                .for_each(|known| known.clone_from(&run));
        }
    }
    notes.extend(unbound(&early));
    let mut answers = Vec::new();
    for mut of in results.ensembles.clone() {
        let test = (folder, &known.labels[..], results.dataset.class_names.len());
        answers.push(ensembles::outcomes(&mut of, &results.models, test, &|_| None)?);
    }
    let evidence = current::evidence(folder, &results, (known, answers), None, &mut notes);
    Ok(Reread { results, receipts, evidence, resolved, notes })
}

/// The numbers of the folders of some runs: their seeds, or the units of these repeats.
fn folder_numbers(runs: &[u64], folds: Option<u32>) -> Vec<u64> {
    match folds {
        None => runs.to_vec(),
        Some(folds) => {
            let units = runs.iter().flat_map(|&repeat| (0..folds).map(move |fold| Fold { repeat, fold }));
            units.map(|unit| unit.number(folds)).collect()
        }
    }
}

/// What a model's finished runs made of every image.
fn outcomes_of(
    stored: &[StoredRun],
    folds: Option<u32>,
    data: &DatasetSummary,
    known: &mut Outcomes,
) -> Result<Vec<RunOutcomes>, ConductError> {
    let finished = stored.iter().filter(|run| run.results.status == RunStatus::Finished);
    let mut runs = Vec::new();
    let Some(folds) = folds else {
        for run in finished {
            if let Some((labels, outcome)) = outcomes::read(run, &data.class_names)? {
                check_images(run, &labels, data.test_images, known)?;
                runs.push(outcome);
            }
        }
        return Ok(runs);
    };
    let mut units = Vec::new();
    for run in finished {
        units.extend(FoldOutcomes::read(run, Some(&data.class_names))?);
    }
    let Some(first) = stored.first() else { return Ok(runs) };
    let gathered = gather(folds, units).map_err(|problem| other_images(first, &problem))?;
    if !gathered.runs.is_empty() {
        check_images(first, &gathered.labels, data.test_images, known)?;
    }
    Ok(gathered.runs)
}

/// All runs were tested on the same images, as many as the study says.
fn check_images(
    run: &StoredRun,
    labels: &[u32],
    images: usize,
    known: &mut Outcomes,
) -> Result<(), ConductError> {
    if labels.len() != images {
        return Err(other_images(run, &format!("it has {} of {images} images", labels.len())).into());
    }
    if known.labels.is_empty() {
        known.labels = labels.to_vec();
    } else if known.labels != labels {
        return Err(other_images(run, "its images are not those of the runs before it").into());
    }
    Ok(())
}

/// Results of earlier versions have layers and settings as texts only: the configuration of a run has them as data.
fn bring_up_to_date(
    layers: &mut Vec<LayerRow>,
    settings: &mut ModelSettings,
    data: &DatasetSummary,
    config: &str,
) {
    let Some(recipe) = study_file::recipe(config).filter(|_| settings.is_incomplete()) else { return };
    if let Ok(network) = recipe.network(data.image_shape, data.class_names.len()) {
        *layers = LayerRow::of(&network);
        settings.set_recipe(&recipe);
    }
}
