//! What brought a gain: the full factorial of the settings in which two models differ.

use serde::{Deserialize, Serialize};

use super::metric::{Interval, Metric};

/// The answer of `toile explain` for two models. Written as `explain-<first>-<second>.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribution {
    /// Name of the model that the gain is counted from.
    pub first: String,
    /// Name of the model that the gain leads to.
    pub second: String,
    /// What is explained.
    pub metric: Metric,
    /// 1 - confidence of the intervals.
    pub alpha: f64,
    /// Seeds of every combination.
    pub seeds: Vec<u64>,
    /// Where the combinations are cross-validated: folds of a repeat. The seeds are then the numbers of repeats, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folds: Option<u32>,
    /// What differs between the two models.
    pub factors: Vec<FactorLevels>,
    /// Where not every combination was trained: which were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraction: Option<FractionOf>,
    /// Every combination; bit j of its index is set where factor j is at its second level. Of a fraction those that it
    /// has.
    pub cells: Vec<CellSummary>,
    /// From the first model to the second.
    pub gain: Effect,
    /// Main effects and interactions, smallest sets of factors first.
    pub effects: Vec<Effect>,
    /// Each factor's share of the gain (Shapley), in the metric's unit; they sum to the gain. Of a fraction the main
    /// effects.
    pub shapley: Vec<Effect>,
    /// Shares of the gain, where its interval excludes 0.
    pub shares: Option<Vec<f64>>,
    /// The answer in one sentence.
    pub sentence: String,
    /// What to keep in mind while reading it.
    pub warnings: Vec<String>,
}

/// A regular fraction of all combinations, of resolution IV.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FractionOf {
    /// All combinations that there are.
    pub combinations: u64,
    /// Each factor that follows others, with those: its level is the product of their signs.
    pub generators: Vec<(String, Vec<String>)>,
}

/// A group of settings that belong together, with its two levels: in words, where these tell one from the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactorLevels {
    /// `optimizer`, `dropout`, `epochs`.
    pub name: String,
    /// `SGD, lr 0.001`.
    pub first: String,
    /// `Adam, lr 0.0001`.
    pub second: String,
}

/// One combination of levels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellSummary {
    /// Name of the model whose runs they are.
    pub model: String,
    /// For each factor, whether it is at its second level.
    pub second_level: Vec<bool>,
    /// The metric under each seed.
    pub per_seed: Vec<f64>,
    /// Mean over the seeds.
    pub mean: f64,
    /// For the mean over seeds and images.
    pub interval: Option<Interval>,
}

/// An effect in the metric's unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The factors it is an effect of: one for a main effect or a Shapley value, more for an interaction, all for
    /// the gain.
    pub factors: Vec<String>,
    /// Of a fraction of the combinations: other sets of as many factors whose effects are in the estimate too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Vec<String>>,
    /// Its estimate.
    pub value: f64,
    /// Two-way clustered over seeds and images.
    pub standard_error: f64,
    /// Its interval; from two seeds on.
    pub interval: Option<Interval>,
}

impl Effect {
    /// Its factors, joined by this, and behind a + each other set whose effect is in it: `a x b + c x d`.
    pub fn name(&self, by: &str) -> String {
        let sets = std::iter::once(&self.factors).chain(&self.aliases);
        sets.map(|set| set.join(by)).collect::<Vec<_>>().join(" + ")
    }
}
