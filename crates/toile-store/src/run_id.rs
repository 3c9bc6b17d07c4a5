//! The name of a run.

use serde::{Deserialize, Serialize};

/// Which run: the model and the seed it was trained with.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId {
    /// Name of the model.
    pub model: String,
    /// Its seed.
    pub seed: u64,
}

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (seed {})", self.model, self.seed)
    }
}
