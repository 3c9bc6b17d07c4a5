//! Accuracy that remains as hidden units are ablated at random: how far a network relies on any one of them.

use serde::{Deserialize, Serialize};

/// What remains of some models. Written as `ablation.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ablation {
    /// Names of the layers whose outputs are ablated: `fc1`, `fc2`.
    pub layers: Vec<String>,
    /// Draws of units for each share and seed.
    pub draws: u32,
    /// In the order in which they were named.
    pub models: Vec<AblatedModel>,
}

/// One model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AblatedModel {
    /// Its name.
    pub name: String,
    /// Seeds of its runs.
    pub seeds: Vec<u64>,
    /// From no unit ablated upwards.
    pub points: Vec<AblatedPoint>,
}

/// One share of ablated units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AblatedPoint {
    /// Share of the hidden units that is ablated, from 0 to 1.
    pub share: f64,
    /// Test accuracy, mean over the draws, for each seed.
    pub per_seed: Vec<f64>,
    /// Mean over the seeds.
    pub mean: f64,
    /// Lowest and highest of all draws and seeds.
    pub range: [f64; 2],
}
