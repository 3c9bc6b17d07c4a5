//! Learning rates tried on images held out: whether an optimizer is tuned.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use toile_store::sealed;

/// What `toile sweep` says of one model's learning rate, where nothing else was varied and none was
/// sorted out on the way. Written as `sweep-<model>.json`, beside
/// the whole [answer](super::search::Search). It holds no figure of the test images: they select nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// Name of the model.
    pub model: String,
    /// [Digest of the recipe](crate::recipe::Recipe::tuning_digest) that the rate is tuned for.
    pub recipe: String,
    /// `SGD`.
    pub optimizer: String,
    /// Its settings that are not defaults, as (`momentum`, `0.9`).
    pub optimizer_options: Vec<(String, String)>,
    /// `constant`, or the schedule in words.
    pub schedule: String,
    /// Epochs of each training.
    pub epochs: u32,
    /// Share of the training images held out.
    pub validation: f64,
    /// Seeds of each rate.
    pub seeds: Vec<u64>,
    /// In ascending order.
    pub rates: Vec<SweptRate>,
    /// The rate with the best validation accuracy; none where every rate diverged.
    pub best: Option<f64>,
    /// Whether the best is the lowest or the highest of those asked for, so that a better one may lie beyond.
    pub at_edge: bool,
}

/// One learning rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweptRate {
    /// The base rate.
    pub learning_rate: f64,
    /// A run a seed.
    pub runs: Vec<SweptRun>,
    /// Mean over the seeds; none where one diverged.
    pub validation_accuracy: Option<f64>,
    /// Mean over the seeds; none where one diverged.
    pub validation_loss: Option<f64>,
}

/// One training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweptRun {
    /// Its seed.
    pub seed: u64,
    /// Of the weights that count; none where the run diverged.
    pub validation_accuracy: Option<f64>,
    /// Of the same weights.
    pub validation_loss: Option<f64>,
}

impl Sweep {
    /// The name of its file.
    pub fn file_name(model: &str) -> String {
        format!("sweep-{model}.json")
    }
}

/// All sweeps in a study's folder. One that is damaged tells nothing and is passed over: what is missing is
/// warned about, and `toile sweep` writes it again.
pub fn sweeps(out: &Path) -> Vec<Sweep> {
    let entries = fs::read_dir(out).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let is_sweep = |name: &str| name.starts_with(toile_store::names::SWEEP_PREFIX) && name.ends_with(".json");
    paths
        .iter()
        .filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_sweep))
        .filter_map(|path| sealed::read(path, "toile sweep writes it again").ok().flatten())
        .collect()
}
