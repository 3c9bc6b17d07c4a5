//! Adam (Kingma and Ba 2015, algorithm 1).

use toile_kernels::optimizer::{AdamSettings, AdamStep, Rule};
use toile_kernels::real::Real;

use super::kind::Kind;
use crate::setting::{Bound, ReadSettings, Setting};

/// Adam (Kingma and Ba 2015, algorithm 1); weight decay is added to the gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// Decay of the two moments; (0.9, 0.999).
    pub betas: (f64, f64),
    /// Added to the root of the second moment; 1e-8.
    pub eps: f64,
    /// L2 penalty; 0.
    pub weight_decay: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Adam { betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.0 }
    }
}

impl Adam {
    /// Reads the settings, with these as defaults.
    pub(super) fn read_over<S: ReadSettings>(self, settings: &mut S) -> Result<Self, S::Error> {
        Ok(Adam {
            betas: settings.numbers("betas", Bound::BELOW_ONE, self.betas)?,
            eps: settings.number("eps", Bound::POSITIVE, self.eps)?,
            weight_decay: settings.number("weight_decay", Bound::DECAY, self.weight_decay)?,
        })
    }

    /// The update, with the weight decay in the gradient or, `decoupled`, on the parameter.
    pub(super) fn step<T: Real>(&self, decoupled: bool, learning_rate: f64, step: u64) -> Rule<T> {
        let Adam { betas, eps, weight_decay } = *self;
        let settings = AdamSettings { betas, eps, weight_decay, decoupled };
        Rule::Adam(AdamStep::new(&settings, learning_rate, step))
    }
}

impl Kind for Adam {
    const NAME: &'static str = "Adam";
    const KEYS: &'static [&'static str] = &["betas", "eps", "weight_decay"];
    const LEARNING_RATE: f64 = 1e-3;

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        Adam::default().read_over(settings)
    }

    fn settings(&self) -> Vec<Setting> {
        vec![
            Setting::new("betas", self.betas),
            Setting::new("eps", self.eps),
            Setting::new("weight_decay", self.weight_decay),
        ]
    }

    fn states(&self) -> &'static [&'static str] {
        &["exp_avg", "exp_avg_sq"]
    }

    fn weight_decay(&mut self) -> &mut f64 {
        &mut self.weight_decay
    }

    fn rule<T: Real>(&self, learning_rate: f64, step: u64) -> Rule<T> {
        self.step(false, learning_rate, step)
    }
}
