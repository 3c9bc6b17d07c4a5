//! What a study has found so far: the data that tables, findings and reports are made of.
//!
//! Everything here is the same for two honest runs of a study; times, hosts and instruction sets are in
//! [`Receipt`], which stands beside it.

use serde::{Deserialize, Deserializer, Serialize};

/// All of a study's results. Written as `results.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyResults {
    /// Name of the study: `baseline-vs-better`.
    pub study: String,
    /// One line on what the study asks; may be empty.
    pub title: String,
    /// What a reader has to know about the study; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Version of Toile that wrote this.
    pub toile_version: String,
    /// The data it was trained and tested on.
    pub dataset: DatasetSummary,
    /// In the order of the study file. Models not asked for are absent.
    pub models: Vec<ModelResults>,
}

/// The data behind a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetSummary {
    /// `fashion-mnist`.
    pub name: String,
    /// Names of the classes, in the order of their indices.
    pub class_names: Vec<String>,
    /// Channels, height and width of an image.
    pub image_shape: [usize; 3],
    /// Images trained on.
    pub train_images: usize,
    /// Images held out of training to choose an epoch; 0 without a validation split.
    pub validation_images: usize,
    /// Images tested on.
    pub test_images: usize,
    /// (file, SHA-256) of the uncompressed files.
    pub digests: Vec<(String, String)>,
}

/// One model with its runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelResults {
    /// Name in the study file: `better`.
    pub name: String,
    /// What was set for it.
    pub settings: ModelSettings,
    /// The layer table.
    pub layers: Vec<LayerRow>,
    /// Published figures to stand beside the measured ones.
    pub published: Option<Published>,
    /// One run a seed, in the order of the study's seeds.
    pub runs: Vec<RunResults>,
}

/// The settings of a model, as a reader of a table wants them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSettings {
    /// Name of the architecture in the study file.
    pub architecture: String,
    /// The variables the model sets in its architecture, as (`dropout`, `0.5`).
    pub variables: Vec<(String, String)>,
    /// `SGD` or `Adam` or `AdamW`.
    pub optimizer: String,
    /// Further settings of the optimizer that are not defaults, as (`momentum`, `0.9`).
    pub optimizer_options: Vec<(String, String)>,
    /// Base learning rate.
    pub learning_rate: f64,
    /// `constant`, or the schedule in words.
    pub schedule: String,
    /// Epochs asked for.
    pub epochs: u32,
    /// Images a step.
    pub batch_size: usize,
    /// Loss in words: `negative log likelihood`.
    pub loss: String,
    /// Label smoothing; 0 for none.
    pub label_smoothing: f64,
}

/// One row of the layer table (see `toile_nn::description::LayerSummary`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerRow {
    /// `conv1`, or empty.
    pub name: String,
    /// `Conv2d`.
    pub kind: String,
    /// `Conv2d(1, 32, kernel_size=3, padding=1)`.
    pub description: String,
    /// Depth in nested residual blocks.
    pub depth: usize,
    /// Shape of one image's output, as `[32, 28, 28]` or `[256]`.
    pub output_shape: Vec<usize>,
    /// Trained values.
    pub parameters: usize,
    /// Multiply-adds for one image.
    pub multiply_adds: usize,
}

/// Figures somebody published for a model; absent ones are unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// Who says so.
    pub source: String,
    /// Test accuracy, from 0 to 1.
    pub accuracy: Option<f64>,
    /// Mean training loss over the last epoch.
    pub training_loss: Option<f64>,
    /// Mean test loss after the last epoch.
    pub evaluation_loss: Option<f64>,
    /// Correctly classified test images of a class, as (`Shirt`, 769).
    pub correct_of_class: Vec<(String, u64)>,
    /// Rows true, columns predicted, in the order of the classes.
    pub confusion: Option<Vec<Vec<u64>>>,
}

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

/// One row of `results.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRow {
    /// From 1.
    pub epoch: u32,
    /// Learning rate of the epoch's last step.
    #[serde(deserialize_with = "number_or_nan")]
    pub learning_rate: f64,
    /// Mean loss over the epoch as training saw it (dropout on, weights moving).
    #[serde(deserialize_with = "number_or_nan")]
    pub train_loss: f64,
    /// Share of training images right as training saw them.
    #[serde(deserialize_with = "number_or_nan")]
    pub train_accuracy: f64,
    /// Validation loss, with a validation split.
    pub validation_loss: Option<f64>,
    /// Validation accuracy, with a validation split.
    pub validation_accuracy: Option<f64>,
    /// Test loss after the epoch.
    #[serde(deserialize_with = "number_or_nan")]
    pub test_loss: f64,
    /// Test accuracy after the epoch.
    #[serde(deserialize_with = "number_or_nan")]
    pub test_accuracy: f64,
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

/// JSON has no word for a number that is not finite and writes `null`, which is read as NaN.
fn number_or_nan<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NAN))
}

/// What differs between two honest runs: `receipt.json` of a run's folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// When the run finished, UTC, RFC 3339.
    pub finished_at: String,
    /// Seconds of training, resumed parts added up, evaluation excluded.
    pub training_seconds: f64,
    /// Seconds of evaluation.
    pub evaluation_seconds: f64,
    /// Training images a second.
    pub images_per_second: f64,
    /// Threads of the run.
    pub threads: usize,
    /// Instruction set used: `avx512`, `avx2`, `scalar`.
    pub isa: String,
    /// Processor model.
    pub cpu: String,
    /// Operating system and architecture.
    pub platform: String,
    /// Command line that ran it.
    pub command: String,
    /// The shorter run it went on from; its times count too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued_from: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_not_finite_are_read_back() {
        let row = EpochRow {
            epoch: 1,
            learning_rate: 0.1,
            train_loss: f64::INFINITY,
            train_accuracy: 0.5,
            validation_loss: None,
            validation_accuracy: None,
            test_loss: f64::NAN,
            test_accuracy: 0.25,
        };
        let back: EpochRow = serde_json::from_str(&serde_json::to_string(&row).unwrap()).unwrap();
        assert!(back.train_loss.is_nan() && back.test_loss.is_nan());
        assert_eq!((back.learning_rate, back.test_accuracy, back.validation_loss), (0.1, 0.25, None));
    }
}
