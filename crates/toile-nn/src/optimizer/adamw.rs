//! Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2).

use toile_kernels::optimizer::Rule;
use toile_kernels::real::Real;

use super::adam::Adam;
use super::kind::Kind;
use crate::setting::{ReadSettings, Setting};

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// Decay of the two moments; (0.9, 0.999).
    pub betas: (f64, f64),
    /// Added to the root of the second moment; 1e-8.
    pub eps: f64,
    /// Share of a parameter that is taken off in each step, times the learning rate; 0.01.
    pub weight_decay: f64,
}

impl Default for AdamW {
    fn default() -> Self {
        AdamW { betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.01 }
    }
}

impl AdamW {
    /// The same numbers as Adam's.
    fn as_adam(&self) -> Adam {
        let AdamW { betas, eps, weight_decay } = *self;
        Adam { betas, eps, weight_decay }
    }
}

impl Kind for AdamW {
    const NAME: &'static str = "AdamW";
    const KEYS: &'static [&'static str] = Adam::KEYS;
    const LEARNING_RATE: f64 = Adam::LEARNING_RATE;

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let Adam { betas, eps, weight_decay } = AdamW::default().as_adam().read_over(settings)?;
        Ok(AdamW { betas, eps, weight_decay })
    }

    fn settings(&self) -> Vec<Setting> {
        self.as_adam().settings()
    }

    fn states(&self) -> &'static [&'static str] {
        self.as_adam().states()
    }

    fn weight_decay(&mut self) -> &mut f64 {
        &mut self.weight_decay
    }

    fn rule<T: Real>(&self, learning_rate: f64, step: u64) -> Rule<T> {
        self.as_adam().step(true, learning_rate, step)
    }
}
