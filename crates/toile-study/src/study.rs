//! A checked study: what a study file means once every name is resolved.

use toile_nn::description::Network;
use toile_nn::optimizer::Optimizer;
use toile_nn::schedule::LearningRate;

use crate::results::{LayerRow, ModelSettings, Published};

/// A study, ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// Its name, which also names its folder of results.
    pub name: String,
    /// One line on what it asks; may be empty.
    pub title: String,
    /// What a reader has to know about it: that an architecture is a reconstruction, for example; may be empty.
    pub note: String,
    /// Name of the data set in the catalogue: `fashion-mnist`.
    pub dataset: String,
    /// A run of each model for each of these.
    pub seeds: Vec<u64>,
    /// Share of the training images held out, stratified by class, to choose an epoch.
    pub validation: Option<f64>,
    /// In the order of the file.
    pub models: Vec<Model>,
}

/// One model of a study.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name, which also names its folder of results.
    pub name: String,
    /// Trained only when asked for by `--models`.
    pub on_request: bool,
    /// The checked network, variables filled in.
    pub network: Network,
    /// How parameters follow their gradients.
    pub optimizer: Optimizer,
    /// Learning rate over the training.
    pub learning_rate: LearningRate,
    /// Times over the training images.
    pub epochs: u32,
    /// Images a step.
    pub batch_size: usize,
    /// Label smoothing; 0 for none.
    pub label_smoothing: f64,
    /// How pixels become numbers.
    pub normalization: Normalization,
    /// Epochs without a better validation loss after which the training stops (needs `validation`).
    pub early_stopping: Option<u32>,
    /// Figures published for it.
    pub published: Option<Published>,
    /// For tables.
    pub settings: ModelSettings,
    /// The layer table.
    pub layers: Vec<LayerRow>,
    /// A study file with this model alone, variables filled in: what a run's folder keeps.
    pub resolved: String,
}

/// Pixel bytes become (byte / 255 - mean) / std, channel by channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalization {
    /// A mean a channel; 0.
    pub mean: Vec<f32>,
    /// A deviation a channel; 1.
    pub std: Vec<f32>,
}
