//! Adds each image of a batch to another one, and their labels as well.

use crate::augment::draws::Draws;
use crate::augment::kind::{BatchTransform, Effect, Kind};
use crate::augment::mistake::Mistake;
use crate::augment::mixture::{Mixing, Mixture, check_alpha, symmetric_beta};
use crate::augment::setting::{ReadSettings, Setting};

/// lambda times each image plus 1 - lambda times the one before it in the batch, after normalization, and their labels
/// in the same shares; one lambda a batch, of Beta(alpha, alpha) (Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: beyond
/// empirical risk minimization", ICLR 2018).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MixUp {
    /// Small values leave one of the two images alone most often; 1, which makes lambda uniform.
    pub alpha: f64,
}

const ALPHA: f64 = 1.0;

impl Default for MixUp {
    fn default() -> Self {
        MixUp { alpha: ALPHA }
    }
}

impl Kind for MixUp {
    const NAME: &'static str = "MixUp";
    const KEYS: &'static [&'static str] = &["alpha"];
    const EXAMPLE: &'static str = "{ MixUp = { alpha = 0.2 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        Ok(MixUp { alpha: settings.number("alpha", Some(ALPHA))? })
    }

    fn settings(&self) -> Vec<Setting> {
        vec![Setting::new("alpha", self.alpha, ALPHA)]
    }

    fn check(&self) -> Result<(), Mistake> {
        check_alpha(self.alpha)
    }

    fn effect(&self) -> Effect<'_> {
        Effect::OnBatch(self)
    }
}

impl BatchTransform for MixUp {
    fn mixture(&self, draws: &mut Draws, _shape: [usize; 3]) -> Mixture {
        Mixture { share: symmetric_beta(self.alpha, draws), how: Mixing::Everywhere }
    }
}
