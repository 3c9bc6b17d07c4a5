//! NAdam: Adam with Nesterov's look-ahead (Dozat 2016).

use toile_kernels::optimizer::{AdamSettings, NadamSettings, NadamStep, Rule};
use toile_kernels::real::Real;

use super::kind::Kind;
use crate::setting::{Bound, ReadSettings, Setting};

/// NAdam: Adam with Nesterov's look-ahead (Dozat 2016).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NAdam {
    /// Decay of the two moments; (0.9, 0.999).
    pub betas: (f64, f64),
    /// Added to the root of the second moment; 1e-8.
    pub eps: f64,
    /// L2 penalty, added to the gradient; 0.
    pub weight_decay: f64,
    /// How fast the momentum grows from about half of the first beta towards it; 4e-3.
    pub momentum_decay: f64,
    /// Take the weight decay off the parameters, as AdamW does, instead of adding it to the gradient; false.
    pub decoupled_weight_decay: bool,
}

impl Default for NAdam {
    fn default() -> Self {
        NAdam {
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.0,
            momentum_decay: 4e-3,
            decoupled_weight_decay: false,
        }
    }
}

impl Kind for NAdam {
    const NAME: &'static str = "NAdam";
    const KEYS: &'static [&'static str] =
        &["betas", "eps", "weight_decay", "momentum_decay", "decoupled_weight_decay"];
    const LEARNING_RATE: f64 = 2e-3;

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let default = NAdam::default();
        Ok(NAdam {
            betas: settings.numbers("betas", Bound::BELOW_ONE, default.betas)?,
            eps: settings.number("eps", Bound::POSITIVE, default.eps)?,
            weight_decay: settings.number("weight_decay", Bound::DECAY, default.weight_decay)?,
            momentum_decay: settings.number("momentum_decay", Bound::DECAY, default.momentum_decay)?,
            decoupled_weight_decay: settings
                .boolean("decoupled_weight_decay", default.decoupled_weight_decay)?,
        })
    }

    fn settings(&self) -> Vec<Setting> {
        vec![
            Setting::new("betas", self.betas),
            Setting::new("eps", self.eps),
            Setting::new("weight_decay", self.weight_decay),
            Setting::new("momentum_decay", self.momentum_decay),
            Setting::new("decoupled_weight_decay", self.decoupled_weight_decay),
        ]
    }

    fn states(&self) -> &'static [&'static str] {
        &["exp_avg", "exp_avg_sq"]
    }

    fn weight_decay(&mut self) -> &mut f64 {
        &mut self.weight_decay
    }

    fn rule<T: Real>(&self, learning_rate: f64, step: u64) -> Rule<T> {
        let NAdam { betas, eps, weight_decay, momentum_decay, decoupled_weight_decay: decoupled } = *self;
        let adam = AdamSettings { betas, eps, weight_decay, decoupled };
        let settings = NadamSettings { adam, momentum_decay };
        Rule::Nadam(NadamStep::new(&settings, learning_rate, step))
    }
}
