//! What a file belongs to.

use serde::{Deserialize, Serialize};

use crate::run_id::RunId;

/// What decided the contents of a file: it stands in every file of a run that is read again, and is checked before
/// the file is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Name of the model.
    pub model: String,
    /// Seed of the run.
    pub seed: u64,
    /// Digest of the recipe: of everything that decides the run's bits beside the seed and the data.
    pub recipe: String,
    /// (file, SHA-256) of the data.
    pub data: Vec<(String, String)>,
}

impl Provenance {
    /// The run.
    pub fn run(&self) -> RunId {
        RunId { model: self.model.clone(), seed: self.seed }
    }

    /// What is wrong where a file of this provenance stands in the place of `expected`.
    ///
    /// # Errors
    /// How the two differ, in words.
    pub fn check(&self, expected: &Provenance) -> Result<(), String> {
        self.check_run(&expected.run())?;
        if self.recipe != expected.recipe {
            return Err("it was made with other settings of the model".into());
        }
        if self.data != expected.data {
            return Err("it was trained on other images or labels than the data set has now".into());
        }
        Ok(())
    }

    /// As [`check`](Self::check), where only the run's place is known.
    ///
    /// # Errors
    /// Whose it is.
    pub fn check_run(&self, expected: &RunId) -> Result<(), String> {
        let run = self.run();
        if run == *expected { Ok(()) } else { Err(format!("it belongs to {run}, not to {expected}")) }
    }
}
