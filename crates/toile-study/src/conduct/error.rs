//! What can keep a study from being conducted, each with its remedy.

use std::path::PathBuf;

use toile_store::StoreError;
use toile_store::atomic::WriteError;

use crate::evidence::EvidenceError;
use crate::run::RunError;

/// A study cannot be run, or what is known of it cannot be gathered.
#[derive(Debug, thiserror::Error)]
pub enum ConductError {
    /// Its runs cannot be done.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A file of a run cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What runs prove cannot be computed.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A folder that was to be read again holds no study.
    #[error(
        "{} holds no results.json; give the folder that `toile run` named at its end, as runs/quick",
        folder.display()
    )]
    NoResults {
        /// The folder.
        folder: PathBuf,
    },
}
