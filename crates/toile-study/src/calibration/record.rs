//! The temperature that a run keeps, in `calibration.json`.

use serde::{Deserialize, Serialize};
use toile_store::atomic::WriteError;
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
    let is_own = found.recipe == recipe.digest() && found.weights_sha256 == weights_sha256(folder)?;
    let is_temperature = found.temperature.is_finite() && found.temperature > 0.0;
    match is_own && is_temperature {
        true => Ok(Some(found)),
        false => Err(StoreError::damaged(&path, "it is not of these weights", REMEDY)),
    }
}

fn weights_sha256(folder: &RunFolder) -> Result<String, StoreError> {
    let gone = || StoreError::damaged(&folder.config(), "it is no finished run", "run the study again");
    let run = StoredRun::open(folder)?.ok_or_else(gone)?;
    let evaluation = run.results.evaluation.as_ref().ok_or_else(gone)?;
    let path = folder.weights(&evaluation.weights);
    let bytes = std::fs::read(&path)
        .map_err(|error| StoreError::damaged(&path, error.to_string(), "put a copy of it back"))?;
    Ok(toile_store::sha256(&bytes))
}
