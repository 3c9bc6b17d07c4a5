//! Stochastic gradient descent.

use toile_kernels::optimizer::{Rule, SgdStep};
use toile_kernels::real::Real;

use super::kind::Kind;
use crate::setting::{Bound, ReadSettings, Setting};

/// Stochastic gradient descent, with dampening 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(clippy::upper_case_acronyms, reason = "PyTorch's name")]
pub struct SGD {
    /// Weight of the velocity; 0.
    pub momentum: f64,
    /// L2 penalty, added to the gradient; 0.
    pub weight_decay: f64,
    /// Nesterov's look-ahead; false.
    pub nesterov: bool,
}

impl Kind for SGD {
    const NAME: &'static str = "SGD";
    const KEYS: &'static [&'static str] = &["momentum", "weight_decay", "nesterov"];
    const LEARNING_RATE: f64 = 1e-3;

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let SGD { momentum, weight_decay, nesterov } = SGD::default();
        let momentum = settings.number("momentum", Bound::BELOW_ONE, momentum)?;
        let weight_decay = settings.number("weight_decay", Bound::DECAY, weight_decay)?;
        let nesterov = settings.boolean("nesterov", nesterov)?;
        if nesterov && momentum == 0.0 {
            let message = "nesterov looks ahead along the momentum, and momentum is 0";
            let help = "add momentum = 0.9 to the same table, or remove nesterov";
            return Err(settings.refuse("nesterov", message, help));
        }
        Ok(SGD { momentum, weight_decay, nesterov })
    }

    fn settings(&self) -> Vec<Setting> {
        vec![
            Setting::new("momentum", self.momentum),
            Setting::new("weight_decay", self.weight_decay),
            Setting::new("nesterov", self.nesterov),
        ]
    }

    fn states(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { &["momentum_buffer"] }
    }

    fn weight_decay(&mut self) -> &mut f64 {
        &mut self.weight_decay
    }

    fn rule<T: Real>(&self, learning_rate: f64, _step: u64) -> Rule<T> {
        Rule::Sgd(SgdStep {
            negative_rate: T::from_f64(-learning_rate),
            momentum: T::from_f64(self.momentum),
            weight_decay: T::from_f64(self.weight_decay),
            nesterov: self.nesterov,
        })
    }
}
