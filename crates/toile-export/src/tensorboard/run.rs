//! What is told of a run.

use toile_store::EpochRow;

/// What is told of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run<'a> {
    /// Name of the model, by which TensorBoard groups the seeds of its table of hyperparameters.
    pub model: &'a str,
    /// When training began and ended, in seconds since 1970. Epochs are put at even distances between.
    pub seconds: [f64; 2],
    /// A row an epoch.
    pub epochs: &'a [EpochRow],
    /// What the run was trained by.
    pub hyperparameters: &'a [(String, Hyperparameter)],
    /// How it ended.
    pub ending: Ending,
    /// The confusion matrix as a PNG file, where the run was tested.
    pub confusion: Option<&'a [u8]>,
}

/// A setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Hyperparameter {
    /// By which a table can be sorted.
    Number(f64),
    /// Anything else.
    Words(String),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All epochs are done.
    Finished,
    /// Its loss was no longer finite.
    Diverged,
    /// Not all epochs are done.
    Unfinished,
}
