//! What becomes of runs beyond their own files.

use toile_store::{EpochRow, Evaluation, RunId};

use super::error::RunError;

/// A finished run, for whoever draws it.
#[derive(Clone, Copy, Debug)]
pub struct RunView<'a> {
    /// Which.
    pub run: &'a RunId,
    /// What it is called: `better (seed 0)`, `better (repeat 1, fold 3)`.
    pub title: &'a str,
    /// In the order of the matrix.
    pub class_names: &'a [String],
    /// What was measured.
    pub evaluation: &'a Evaluation,
    /// On the way there.
    pub epochs: &'a [EpochRow],
}

/// What is drawn of a run for its folder, as (name, contents).
pub type Draw<'a> = dyn Fn(RunView<'_>) -> Vec<(String, Vec<u8>)> + 'a;

/// Whoever conducts a study keeps what is known of it up to date. Called from the threads of the runs.
pub trait Keeper: Sync {
    /// What is drawn of a finished run for its folder, as (name, contents).
    fn run_files(&self, run: RunView<'_>) -> Vec<(String, Vec<u8>)>;

    /// An epoch of a run is done. What fails here is tried again when the run is over.
    fn epoch_done(&self);

    /// A run is over, or has broken off.
    ///
    /// # Errors
    /// What is known cannot be brought up to date.
    fn run_over(&self) -> Result<(), RunError>;
}
