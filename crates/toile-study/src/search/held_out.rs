//! What candidates made of the images that were held out of their training.

use std::path::Path;

use toile_store::{Predictions, RunFolder, StoreError, StoredRun};

use crate::results::RunStatus;
use crate::study::{Model, Study};

/// One run on the images held out.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOutRun {
    /// Its seed, which says which images these are.
    pub seed: u64,
    /// Whether each is right; `None` where the run diverged.
    pub correct: Option<Vec<bool>>,
    /// Mean negative log likelihood; `None` where the run diverged.
    pub loss: Option<f64>,
}

/// Every model of a rung under every seed of its study, whose runs are over and lie below `out`; each model as it
/// predicts, test-time augmentation included.
///
/// # Errors
/// Runs that are not there or damaged.
pub fn measure(rung: &Study, out: &Path) -> Result<Vec<Vec<HeldOutRun>>, StoreError> {
    rung.models.iter().map(|model| of_model(model, &rung.seeds, out)).collect()
}

/// A model under each of these seeds.
pub(super) fn of_model(model: &Model, seeds: &[u64], out: &Path) -> Result<Vec<HeldOutRun>, StoreError> {
    seeds.iter().map(|&seed| of_run(model, seed, out)).collect()
}

fn of_run(model: &Model, seed: u64, out: &Path) -> Result<HeldOutRun, StoreError> {
    let folder = RunFolder::new(out, &model.name, seed);
    let missing = || StoreError::damaged(&folder.config(), "it is missing", "run the same command again");
    let run = StoredRun::open(&folder)?.ok_or_else(missing)?;
    if run.results.status != RunStatus::Finished {
        return Ok(HeldOutRun { seed, correct: None, loss: None });
    }
    let Predictions { labels, predictions, .. } =
        run.predictions_held_out()?.ok_or_else(|| run.no_predictions())?;
    let correct = predictions.iter().zip(&labels).map(|(prediction, label)| prediction == label);
    let loss = run.results.evaluation.as_ref().and_then(|evaluation| evaluation.validation_loss);
    Ok(HeldOutRun { seed, correct: Some(correct.collect()), loss })
}
