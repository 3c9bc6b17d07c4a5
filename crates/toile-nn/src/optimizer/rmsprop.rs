//! RMSprop (Tieleman and Hinton 2012, lecture 6e).

use toile_kernels::optimizer::{RmspropStep, Rule};
use toile_kernels::real::Real;

use super::kind::Kind;
use crate::setting::{Bound, ReadSettings, Setting};

/// RMSprop (Tieleman and Hinton 2012, lecture 6e): the gradient over the root of its mean square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RMSprop {
    /// Decay of the mean square; 0.99.
    pub alpha: f64,
    /// Added to the root; 1e-8.
    pub eps: f64,
    /// L2 penalty, added to the gradient; 0.
    pub weight_decay: f64,
    /// Weight of the velocity; 0.
    pub momentum: f64,
    /// The root of the variance instead of the mean square; false.
    pub centered: bool,
}

impl Default for RMSprop {
    fn default() -> Self {
        RMSprop { alpha: 0.99, eps: 1e-8, weight_decay: 0.0, momentum: 0.0, centered: false }
    }
}

impl Kind for RMSprop {
    const NAME: &'static str = "RMSprop";
    const KEYS: &'static [&'static str] = &["alpha", "eps", "weight_decay", "momentum", "centered"];
    const LEARNING_RATE: f64 = 1e-2;

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let default = RMSprop::default();
        Ok(RMSprop {
            alpha: settings.number("alpha", Bound::BELOW_ONE, default.alpha)?,
            eps: settings.number("eps", Bound::POSITIVE, default.eps)?,
            weight_decay: settings.number("weight_decay", Bound::DECAY, default.weight_decay)?,
            momentum: settings.number("momentum", Bound::BELOW_ONE, default.momentum)?,
            centered: settings.boolean("centered", default.centered)?,
        })
    }

    fn settings(&self) -> Vec<Setting> {
        vec![
            Setting::new("alpha", self.alpha),
            Setting::new("eps", self.eps),
            Setting::new("weight_decay", self.weight_decay),
            Setting::new("momentum", self.momentum),
            Setting::new("centered", self.centered),
        ]
    }

    fn states(&self) -> &'static [&'static str] {
        match (self.momentum != 0.0, self.centered) {
            (false, false) => &["square_avg"],
            (true, false) => &["square_avg", "momentum_buffer"],
            (false, true) => &["square_avg", "grad_avg"],
            (true, true) => &["square_avg", "momentum_buffer", "grad_avg"],
        }
    }

    fn weight_decay(&mut self) -> &mut f64 {
        &mut self.weight_decay
    }

    fn rule<T: Real>(&self, learning_rate: f64, _step: u64) -> Rule<T> {
        Rule::Rmsprop(RmspropStep {
            alpha: T::from_f64(self.alpha),
            one_minus_alpha: T::from_f64(1.0 - self.alpha),
            eps: T::from_f64(self.eps),
            negative_rate: T::from_f64(-learning_rate),
            momentum: T::from_f64(self.momentum),
            weight_decay: T::from_f64(self.weight_decay),
            centered: self.centered,
        })
    }
}
