//! What trying settings came to.

use serde::{Deserialize, Serialize};

use super::metric::Interval;
use super::sweep::SweptRun;

/// The answer of `toile sweep` for one model. Written as `swept-<model>.json`. It holds no figure of the test
/// images: they select nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// Name of the model.
    pub model: String,
    /// Digest of its recipe as the study has it.
    pub recipe: String,
    /// The settings that are varied.
    pub varied: Vec<String>,
    /// How candidates were chosen.
    pub method: Method,
    /// Where candidates were sorted out by successive halving: one in so many went on.
    pub eta: Option<u32>,
    /// Share of the training images held out.
    pub validation: f64,
    /// Seeds of each candidate.
    pub seeds: Vec<u64>,
    /// The rounds of trainings, from the first.
    pub rungs: Vec<SearchRung>,
    /// The model as it is first, then in the order in which they were tried.
    pub candidates: Vec<Tried>,
    /// Place of the best among them; none where every candidate of the last rung diverged.
    pub best: Option<usize>,
    /// What the best has more than the model as it is.
    pub over_default: Option<Worth>,
    /// What the best has more than the next best.
    pub over_next: Option<Worth>,
}

/// How candidates were chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Every combination of the values.
    Grid,
    /// Drawn at random.
    Random {
        /// How many.
        trials: u32,
        /// Of the draws.
        seed: u64,
    },
}

/// One round of trainings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchRung {
    /// Epochs of each training; `None` where they are the candidates' own.
    pub epochs: Option<u32>,
    /// Candidates that were trained.
    pub candidates: usize,
}

/// One candidate, as it was in the last rung that it came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The name of its folder.
    pub name: String,
    /// What is changed, each as (key, value); nothing for the model as it is.
    pub settings: Vec<(String, String)>,
    /// The last rung that it was trained in, from 0.
    pub rung: usize,
    /// Epochs of its trainings there.
    pub epochs: u32,
    /// A run a seed.
    pub runs: Vec<SweptRun>,
    /// Mean over the seeds; none where one diverged.
    pub validation_accuracy: Option<f64>,
    /// Mean over the seeds; none where one diverged.
    pub validation_loss: Option<f64>,
    /// What it has more than the model as it is, of those in the last rung.
    pub over_default: Option<Worth>,
}

/// A difference of validation accuracies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Worth {
    /// Place of the other candidate.
    pub beside: usize,
    /// From 0 to 1, positive where this one is better.
    pub difference: f64,
    /// With the chance of 95 % for all differences together that could have been asked about in its place.
    pub interval: Interval,
    /// How many these are.
    pub comparisons: usize,
    /// Whether it speaks of other seeds too; with one seed it is of these very networks on other images.
    pub is_over_seeds: bool,
}

impl Search {
    /// The name of its file, without what comes behind the point.
    pub fn file_stem(model: &str) -> String {
        format!("{}{model}", toile_store::names::SWEPT_PREFIX)
    }
}
