//! `evaluation.json`: what a run that is over came to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::confusion::ConfusionMatrix;
use crate::epoch_row::{EpochRow, number_or_nan, present_or_nan};
use crate::provenance::Provenance;
use crate::sealed;

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

/// A finished model, measured once: on the test images, or where its run is shown none of them on the images held out.
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
    /// Mean loss (negative log likelihood) on the images held out, where they are what it is measured on.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present_or_nan")]
    pub validation_loss: Option<f64>,
    /// Accuracy (top 1) on the images held out, where they are what it is measured on.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present_or_nan")]
    pub validation_accuracy: Option<f64>,
    /// Mean test loss (negative log likelihood).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present_or_nan")]
    pub test_loss: Option<f64>,
    /// Test accuracy (top 1).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present_or_nan")]
    pub test_accuracy: Option<f64>,
    /// Rows true, columns predicted; of the images that it is measured on.
    pub confusion: ConfusionMatrix,
    /// Share of the test images whose class is among the five most probable ones; with more than ten classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_accuracy_top5: Option<f64>,
}

/// `evaluation.json`: what a run that is over came to. Its presence is what makes a run over, and it vouches for the
/// files that cannot carry a digest themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// How it ended.
    pub status: RunStatus,
    /// What the finished model does; absent where the run diverged.
    pub evaluation: Option<Evaluation>,
    /// What it belongs to; absent in files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// The rows of `results.csv`, which is made from them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<EpochRow>>,
    /// SHA-256 of other files of the run, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
}

/// Entries that only sealed files have.
const MARKS: [&str; 3] = ["provenance", "rows", "files"];

impl Ending {
    /// The file's bytes.
    pub(crate) fn format(&self) -> Vec<u8> {
        sealed::seal(self)
    }

    /// Reads what [`format`](Self::format) wrote, also in an earlier version. An error says what is wrong.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let ending: Ending = sealed::open(bytes, &MARKS)?.record;
        ending.evaluation.as_ref().map_or(Ok(()), Evaluation::check)?;
        Ok(ending)
    }
}

impl Evaluation {
    /// Whether it was measured on the test images.
    pub fn is_tested(&self) -> bool {
        self.test_accuracy.is_some()
    }

    /// The share of right ones among the images that it was measured on, whichever they are.
    pub fn accuracy(&self) -> Option<f64> {
        self.test_accuracy.or(self.validation_accuracy)
    }

    /// What can be seen of an evaluation that no run measured.
    fn check(&self) -> Result<(), String> {
        let is_share = |value: f64| (0.0..=1.0).contains(&value);
        let (tested, held_out) =
            ([self.test_loss, self.test_accuracy], [self.validation_loss, self.validation_accuracy]);
        let accuracy = match (tested, held_out) {
            ([Some(_), Some(accuracy)], [None, None]) | ([None, None], [Some(_), Some(accuracy)]) => accuracy,
            _ => {
                return Err(
                    "its figures are not those of either the test images or the images held out".into()
                );
            }
        };
        if !is_share(self.train_accuracy) || !is_share(accuracy) {
            return Err("it names an accuracy that is no share from 0 to 1".into());
        }
        if self.test_accuracy_top5.is_some_and(|share| !is_share(share) || share < accuracy) {
            return Err("it names a top-5 accuracy that cannot be".into());
        }
        let (all, right) = (self.confusion.images(), self.confusion.right());
        if all > 0 && right as f64 / all as f64 != accuracy {
            return Err("its accuracy is not that of its confusion matrix".into());
        }
        Ok(())
    }
}
