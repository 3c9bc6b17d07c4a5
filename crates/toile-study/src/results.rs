//! What a study has found so far: the data that tables, findings and reports are made of.
//!
//! Everything here is the same for two honest runs of a study; times, hosts and instruction sets are in
//! [`Receipt`], which stands beside it.

use std::path::Path;

use serde::{Deserialize, Serialize};
pub use toile_nn::description::Family;
use toile_nn::description::{Network, Pair, Part, Shape, summarize};
use toile_nn::setting::{Setting, SettingValue};

use crate::cross_validation::{CrossValidation, repeat_name};
pub use crate::model_settings::ModelSettings;
pub use crate::published::Published;
pub use toile_store::{ConfusionMatrix, EpochRow, Evaluation, Receipt, RunResults, RunStatus};
use toile_store::{StoreError, names, sealed};

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
    /// Where its models are cross-validated. A seed is then the number of a repeat, from 0, and a run stands for all
    /// of its folds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_validation: Option<CrossValidation>,
    /// Version of Toile that wrote this.
    pub toile_version: String,
    /// The data it was trained and tested on.
    pub dataset: DatasetSummary,
    /// In the order of the study file. Models not asked for are absent.
    pub models: Vec<ModelResults>,
    /// Runs that answer together, in the order of the study file, as far as whole groups of them are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ensembles: Vec<EnsembleResults>,
}

/// Runs that answer together: the mean of their probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnsembleResults {
    /// Name in the study file.
    pub name: String,
    /// Its models.
    pub of: Vec<String>,
    /// Seeds of each model in a group.
    pub size: usize,
    /// Multiply-adds for one image: those of all members, test-time augmentation included.
    pub multiply_adds: usize,
    /// Trained values of all members.
    pub parameters: usize,
    /// Disjoint groups of seeds: its repeats.
    pub groups: Vec<EnsembleGroup>,
}

/// One group of an ensemble. Figures are of the test images, absent until all of its runs are finished.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EnsembleGroup {
    /// The first of its seeds, by which it is called.
    pub seed: u64,
    /// Its seeds.
    pub seeds: Vec<u64>,
    /// Share of the images whose most probable class is the true one.
    pub accuracy_top1: Option<f64>,
    /// Mean negative log likelihood, in nats.
    pub nll: Option<f64>,
    /// Mean of the classes' F1.
    pub f1_macro: Option<f64>,
    /// Expected calibration error.
    pub ece: Option<f64>,
}

impl StudyResults {
    /// What its runs are counted by: `seed`, or where its models are cross-validated `repeat`.
    pub fn counted_by(&self) -> &'static str {
        if self.cross_validation.is_some() { "repeat" } else { "seed" }
    }

    /// What a run is called beside its model: `seed 0`, or `repeat 1`.
    pub fn run_name(&self, seed: u64) -> String {
        if self.cross_validation.is_some() { repeat_name(seed) } else { format!("seed {seed}") }
    }
}

/// The results that a study's folder keeps; `None` where it has none.
///
/// # Errors
/// A file that cannot be read, or is not as it was written.
pub(crate) fn read(folder: &Path) -> Result<Option<StudyResults>, StoreError> {
    let remedy = "`toile run` on its study writes it anew and trains nothing that is finished";
    sealed::read(&folder.join(names::RESULTS), remedy)
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

/// One row of the layer table (see `toile_nn::description::LayerSummary`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerRow {
    /// `conv1`, or empty.
    pub name: String,
    /// `Conv2d`.
    pub kind: String,
    /// `Conv2d(1, 32, kernel_size=3, padding=1)`.
    pub description: String,
    /// Its settings as data; empty in results written before.
    #[serde(default)]
    pub settings: Vec<LayerSetting>,
    /// What it is to a residual block.
    #[serde(default)]
    pub part: LayerPart,
    /// Depth in nested residual blocks.
    pub depth: usize,
    /// Shape of one image's output, as `[32, 28, 28]` or `[256]`.
    pub output_shape: Vec<usize>,
    /// Trained values.
    pub parameters: usize,
    /// Multiply-adds for one image.
    pub multiply_adds: usize,
}

/// One setting of a layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerSetting {
    /// PyTorch's name: `kernel_size`.
    pub name: String,
    /// What it is set to.
    pub value: LayerSettingValue,
}

/// What a setting of a layer is set to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LayerSettingValue {
    /// Whether something is done.
    Boolean(bool),
    /// A size or a count.
    Integer(usize),
    /// Any number.
    Number(f64),
    /// Height and width.
    Pair([usize; 2]),
    /// Two numbers.
    Numbers([f64; 2]),
    /// Three numbers.
    Triple([f64; 3]),
    /// One of a few words.
    Word(String),
}

/// What a row of the layer table is to a residual block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerPart {
    /// A layer in its place, inside a block or outside.
    #[default]
    Layer,
    /// The convolution that the input of a block goes through on its way to the sum.
    Projection,
    /// The sum that ends a block.
    Sum {
        /// Index of the block's first row.
        start: usize,
        /// Index of its projection's row, if it has one.
        projection: Option<usize>,
    },
}

impl LayerRow {
    /// The layer table of a network.
    pub fn of(network: &Network) -> Vec<LayerRow> {
        let rows = summarize(network).into_iter().map(|layer| LayerRow {
            settings: layer.settings.iter().map(LayerSetting::of).collect(),
            part: match layer.part {
                Part::Layer => LayerPart::Layer,
                Part::Projection => LayerPart::Projection,
                Part::Sum { start, projection } => LayerPart::Sum { start, projection },
            },
            name: layer.name,
            kind: layer.kind,
            description: layer.description,
            depth: layer.depth,
            output_shape: match layer.output {
                Shape::Image { channels, height, width } => vec![channels, height, width],
                Shape::Features { len, .. } => vec![len],
            },
            parameters: layer.parameters,
            multiply_adds: layer.multiply_adds,
        });
        rows.collect()
    }

    /// What the layer is one of; [`Family::Other`] where its kind is one of another version of Toile.
    pub fn family(&self) -> Family {
        Family::of(&self.kind).unwrap_or(Family::Other)
    }

    /// The share of values that a dropout layer drops; `None` of any other, and in results of before it was kept.
    pub fn dropped(&self) -> Option<f64> {
        self.number("p").filter(|_| self.family() == Family::Dropout)
    }

    /// A setting that is a number: `p` of a Dropout.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.settings.iter().find(|setting| setting.name == name)?.value {
            LayerSettingValue::Number(value) => Some(value),
            LayerSettingValue::Integer(value) => Some(value as f64),
            _ => None,
        }
    }
}

impl LayerSetting {
    fn of(setting: &Setting) -> Self {
        let value = match setting.value {
            SettingValue::Integer(value) => LayerSettingValue::Integer(value),
            SettingValue::Pair(Pair { height, width }) => LayerSettingValue::Pair([height, width]),
            SettingValue::Number(value) => LayerSettingValue::Number(value),
            SettingValue::Numbers(first, second) => LayerSettingValue::Numbers([first, second]),
            SettingValue::Triple(first, second, third) => LayerSettingValue::Triple([first, second, third]),
            SettingValue::Boolean(value) => LayerSettingValue::Boolean(value),
            SettingValue::Word(word) => LayerSettingValue::Word(word.to_string()),
        };
        LayerSetting { name: setting.name.to_string(), value }
    }
}
