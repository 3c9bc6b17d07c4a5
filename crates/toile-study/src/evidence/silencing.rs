//! Accuracy that remains as hidden units are silenced at random: how far a network relies on any one of them.

use serde::{Deserialize, Serialize};

/// What remains of some models. Written as `silencing.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Silencing {
    /// Names of the layers whose outputs are silenced: `fc1`, `fc2`.
    pub layers: Vec<String>,
    /// Draws of units for each share and seed.
    pub draws: u32,
    /// In the order in which they were named.
    pub models: Vec<SilencedModel>,
}

/// One model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SilencedModel {
    /// Its name.
    pub name: String,
    /// Seeds of its runs.
    pub seeds: Vec<u64>,
    /// From no unit silenced upwards.
    pub points: Vec<SilencedPoint>,
}

/// One share of silenced units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SilencedPoint {
    /// Share of the hidden units that is silenced, from 0 to 1.
    pub share: f64,
    /// Test accuracy, mean over the draws, for each seed.
    pub per_seed: Vec<f64>,
    /// Mean over the seeds.
    pub mean: f64,
    /// Lowest and highest of all draws and seeds.
    pub range: [f64; 2],
}
