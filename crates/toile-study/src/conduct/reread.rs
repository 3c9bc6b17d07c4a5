//! A study's folder read again: from what runs left to what a report is made of, without study file or data.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::error::ConductError;
use crate::evidence::Evidence;
use crate::evidence::current;
use crate::evidence::outcomes::{self, ModelOutcomes, Outcomes};
use crate::recorded::recorded;
use crate::results::{
    DatasetSummary, LayerRow, ModelResults, ModelSettings, Receipt, RunStatus, StudyResults,
};
use toile_store::{RunFolder, names};

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
}

/// Reads the folder of a study, its runs finished or not.
///
/// # Errors
/// No `results.json`, or a file that is not as Toile leaves it.
pub fn reread(folder: &Path) -> Result<Reread, ConductError> {
    let mut results = results(folder)?;
    for model in &mut results.models {
        bring_up_to_date(model, &results.dataset, folder)?;
    }
    let (mut receipts, mut resolved) = (Vec::new(), Vec::new());
    let mut known = Outcomes::default();
    for model in &results.models {
        let mut runs = Vec::new();
        for (index, run) in model.runs.iter().enumerate() {
            let of_run = RunFolder::new(folder, &model.name, run.seed);
            if index == 0
                && let Some(text) = of_run.read(&of_run.config())?
            {
                resolved.push((model.name.clone(), String::from_utf8_lossy(&text).into_owned()));
            }
            if let Some(receipt) = of_run.read_receipt()? {
                receipts.push((model.name.clone(), run.seed, receipt));
            }
            if run.status != RunStatus::Finished {
                continue;
            }
            let Some((labels, outcome)) = outcomes::read(&of_run, run.seed, &results.dataset.class_names)?
            else {
                continue;
            };
            if labels.len() != results.dataset.test_images {
                let problem = format!("it has {} of {} images", labels.len(), results.dataset.test_images);
                return Err(of_run.damaged(&of_run.file("predictions.csv"), problem).into());
            }
            if known.labels.is_empty() {
                known.labels = labels;
            } else if known.labels != labels {
                let problem = "its images are not those of the runs before it";
                return Err(of_run.damaged(&of_run.file("predictions.csv"), problem).into());
            }
            runs.push(outcome);
        }
        if !runs.is_empty() {
            known.models.push(ModelOutcomes { name: model.name.clone(), runs });
        }
    }
    let evidence = current::evidence(folder, &results, known, None)?;
    Ok(Reread { results, receipts, evidence, resolved })
}

/// Results of earlier versions have layers and settings as texts only: the configuration of a run has them as data.
fn bring_up_to_date(
    model: &mut ModelResults,
    data: &DatasetSummary,
    folder: &Path,
) -> Result<(), ConductError> {
    let Some(run) = model.runs.first().filter(|_| model.settings.recipe.is_empty()) else { return Ok(()) };
    let Some(recipe) = recorded(&RunFolder::new(folder, &model.name, run.seed))? else { return Ok(()) };
    if let Ok(network) = recipe.network(data.image_shape, data.class_names.len()) {
        model.layers = LayerRow::of(&network);
        model.settings.recipe = ModelSettings::recipe_of(&recipe);
    }
    Ok(())
}

fn results(folder: &Path) -> Result<StudyResults, ConductError> {
    let path = folder.join(names::RESULTS);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(ConductError::NoResults { folder: folder.to_owned() });
        }
        Err(e) => return Err(unusable(&path, e.to_string())),
    };
    serde_json::from_slice(&bytes).map_err(|e| unusable(&path, e.to_string()))
}

fn unusable(path: &Path, problem: String) -> ConductError {
    let remedy = "`toile run` on its study writes it anew and trains nothing that is finished".into();
    ConductError::Unusable { path: path.to_owned(), problem, remedy }
}
