//! `failure.json`: why a run broke off, for whoever asks later how a study is going.

use serde::{Deserialize, Serialize};

use crate::atomic::{self, WriteError};
use crate::claims::Process;
use crate::error::StoreError;
use crate::folder::RunFolder;
use crate::sealed;

/// Why a run broke off. It is gone when the run is begun again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What was told then, with the remedy.
    pub message: String,
    /// The process that it broke off in.
    pub process: Process,
}

impl Failure {
    /// Leaves it in the run's folder, which is there.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, folder: &RunFolder) -> Result<(), WriteError> {
        sealed::write(&folder.failure(), self)
    }

    /// Why the run broke off; `None` where it did not.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(folder: &RunFolder) -> Result<Option<Failure>, StoreError> {
        sealed::read(&folder.failure(), "delete the file, and run the study again with --resume")
    }

    /// Takes it away: the run is begun again.
    ///
    /// # Errors
    /// A file that cannot be removed.
    pub fn clear(folder: &RunFolder) -> Result<(), WriteError> {
        atomic::remove(&folder.failure())
    }
}
