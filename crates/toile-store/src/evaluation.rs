//! `evaluation.json`: what a run that is over came to.

use serde::{Deserialize, Serialize};

use crate::rows::{EpochRow, number_or_nan};

/// One training of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResults {
    /// Its seed.
    pub seed: u64,
    /// How far it came.
    pub status: RunStatus,
    /// A row an epoch, from epoch 1.
    pub epochs: Vec<EpochRow>,
    /// What the finished model does.
    pub evaluation: Option<Evaluation>,
}

/// How far a run came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Not all epochs are done.
    Unfinished,
    /// All epochs are done, or early stopping ended it.
    Finished,
    /// The loss was no longer finite.
    Diverged {
        /// Epoch, from 1.
        epoch: u32,
        /// Step in the epoch, from 1.
        step: u64,
    },
}

/// A finished model, measured once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Which weights: `last`, or `best` (chosen on the validation split).
    pub weights: String,
    /// Epoch of those weights, from 1.
    pub epoch: u32,
    /// Training loss in evaluation mode (dropout off, weights still).
    #[serde(deserialize_with = "number_or_nan")]
    pub train_loss: f64,
    /// Training accuracy in evaluation mode.
    #[serde(deserialize_with = "number_or_nan")]
    pub train_accuracy: f64,
    /// Mean test loss (negative log likelihood).
    #[serde(deserialize_with = "number_or_nan")]
    pub test_loss: f64,
    /// Test accuracy (top 1).
    #[serde(deserialize_with = "number_or_nan")]
    pub test_accuracy: f64,
    /// Rows true, columns predicted.
    pub confusion: Vec<Vec<u64>>,
}

/// `evaluation.json`: what a run that is over came to. Its presence is what makes a run over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// How it ended.
    pub status: RunStatus,
    /// What the finished model does; absent where the run diverged.
    pub evaluation: Option<Evaluation>,
}
