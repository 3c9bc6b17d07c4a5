//! The temperature that a run keeps, in `calibration.json`.

use serde::{Deserialize, Serialize};
use toile_store::atomic::WriteError;
use toile_store::file::{self, Kind};
use toile_store::{RunFolder, StoreError, StoredRun, sealed};

use super::temperature::Fitted;
use crate::recipe::Recipe;

/// The temperature of a run, and whose it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Logits are divided by it.
    pub temperature: f64,
    /// Validation images that it was fitted on.
    pub images: usize,
    /// Their mean negative log likelihood before.
    pub nll_before: f64,
    /// And after.
    pub nll_after: f64,
    /// Digest of the recipe, which says how the model looks at an image.
    pub recipe: String,
    /// Digest of the weights.
    pub weights_sha256: String,
}

const NAME: &str = "calibration.json";
const REMEDY: &str = "toile calibrate writes it again";

impl Calibration {
    /// What was fitted on so many images, for the weights that lie in this folder.
    ///
    /// # Errors
    /// Weights that are not there.
    pub fn new(
        folder: &RunFolder,
        recipe: &Recipe,
        fitted: Fitted,
        images: usize,
    ) -> Result<Calibration, StoreError> {
        let Fitted { temperature, nll_before, nll_after } = fitted;
        let (recipe, weights_sha256) = (recipe.digest(), weights_sha256(folder)?);
        Ok(Calibration { temperature, images, nll_before, nll_after, recipe, weights_sha256 })
    }

    /// Keeps it beside the run.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, folder: &RunFolder) -> Result<(), WriteError> {
        sealed::write(&folder.file(NAME), self)
    }
}

/// The calibration of a run; `None` where it has none.
///
/// # Errors
/// A file that is damaged, or was fitted for other weights or another recipe.
pub fn read(folder: &RunFolder, recipe: &Recipe) -> Result<Option<Calibration>, StoreError> {
    let path = folder.file(NAME);
    let Some(found) = sealed::read::<Calibration>(&path, REMEDY)? else { return Ok(None) };
    let is_temperature = found.temperature.is_finite() && found.temperature > 0.0;
    let is_own = found.recipe == recipe.digest() && found.weights_sha256 == weights_sha256(folder)?;
    if is_own && is_temperature {
        return Ok(Some(found));
    }
    // Where the weights are not as the run left them, they are what has to be put right.
    finished(folder)?.weights()?;
    Err(StoreError::damaged(&path, "it is not of these weights", REMEDY))
}

fn finished(folder: &RunFolder) -> Result<StoredRun, StoreError> {
    let run = StoredRun::open(folder)?.filter(|run| run.results.evaluation.is_some());
    run.ok_or_else(|| StoreError::damaged(&folder.config(), "it is no finished run", "run the study again"))
}

fn weights_sha256(folder: &RunFolder) -> Result<String, StoreError> {
    let run = finished(folder)?;
    let which = run.results.evaluation.as_ref().map_or("last", |evaluation| &evaluation.weights);
    let path = folder.weights(which);
    match file::read(&path, Kind::Tensors)? {
        Some(bytes) => Ok(toile_store::sha256(&bytes)),
        // The run knows the cheapest way to have them again.
        None => run
            .weights()
            .and_then(|_| Err(StoreError::damaged(&path, "it is missing", "put a copy of it back"))),
    }
}
