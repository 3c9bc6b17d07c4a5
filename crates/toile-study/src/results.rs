//! What a study has found so far: the data that tables, findings and reports are made of.
//!
//! Everything here is the same for two honest runs of a study; times, hosts and instruction sets are in
//! [`Receipt`], which stands beside it.

use serde::{Deserialize, Serialize};

pub use toile_store::{EpochRow, Evaluation, Receipt, RunResults, RunStatus};

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
    /// A run of each model for each of these: more than there are runs while the study is under way.
    #[serde(default)]
    pub seeds: Vec<u64>,
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
