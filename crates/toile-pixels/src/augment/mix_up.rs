//! Adds each image of a batch to another one, and their labels as well.

use crate::augment::draws::Draws;
use crate::augment::kind::BatchTransform;
use crate::augment::mixer::{mixer, symmetric_beta};
use crate::augment::mixture::{Mixing, Mixture};

/// lambda times each image plus 1 - lambda times the one before it in the batch, after normalization, and their labels
/// in the same shares; one lambda a batch, of Beta(alpha, alpha) (Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: beyond
/// empirical risk minimization", ICLR 2018).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MixUp {
    /// Small values leave one of the two images alone most often; 1, which makes lambda uniform.
    pub alpha: f64,
}

mixer!(MixUp, "MixUp", "{ MixUp = { alpha = 0.2 } }");

impl BatchTransform for MixUp {
    fn mixture(&self, draws: &mut Draws, _shape: [usize; 3]) -> Mixture {
        Mixture { share: symmetric_beta(self.alpha, draws), how: Mixing::Everywhere }
    }
}
