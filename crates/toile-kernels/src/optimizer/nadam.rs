//! NAdam: the specification value by value, and the same sixteen values at a time.
//!
//! Formula (Dozat 2016; as PyTorch's), with the [moments](super::moments) m, what they are divided by, d, the
//! gradient g with its penalty, the parameter w and the step t from 1: w = fma(-kg, g / d, w), then
//! w = fma(-km, m / d, w), where, with mu_t = b1 (1 - 0.96^(t md) / 2) and the product P_t = mu_1 ... mu_t,
//! kg = lr (1 - mu_t) / (1 - P_t) and km = lr mu_(t+1) / (1 - P_(t+1)).
//!
//! The product is computed anew in each step: it is a function of t, and no state that a checkpoint would have
//! to keep. Scalars are computed in f64 and rounded to T once.

use super::moments::{AdamSettings, MomentsStep};
use super::slot::Slot;
use crate::real::Real;
use crate::simd::Simd;

/// The scalars of a NAdam step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NadamStep<T> {
    moments: MomentsStep<T>,
    /// -kg: of the gradient.
    pub negative_gradient_rate: T,
    /// -km: of the first moment.
    pub negative_moment_rate: T,
}

/// The settings of NAdam.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NadamSettings {
    /// Those it shares with Adam.
    pub adam: AdamSettings,
    /// How fast mu_t grows from about half of b1 towards b1.
    pub momentum_decay: f64,
}

impl NadamSettings {
    /// mu_t.
    fn momentum(&self, t: u64) -> f64 {
        // libm, because the standard library's power differs between machines.
        self.adam.betas.0 * (1.0 - 0.5 * libm::pow(0.96, t as f64 * self.momentum_decay))
    }

    /// mu_1 ... mu_t, or 0 where 1 less that is 1 anyway: the factors fall below b1, so not many count.
    fn product(&self, t: u64) -> f64 {
        let mut product = 1.0;
        for step in 1..=t {
            product *= self.momentum(step);
            if product < f64::EPSILON / 4.0 {
                return 0.0;
            }
        }
        product
    }
}

impl<T: Real> NadamStep<T> {
    /// The scalars of step `t`, counted from 1.
    pub fn new(settings: &NadamSettings, learning_rate: f64, t: u64) -> Self {
        let (mu, next) = (settings.momentum(t), settings.momentum(t + 1));
        let product = settings.product(t);
        let gradient_rate = learning_rate * (1.0 - mu) / (1.0 - product);
        let moment_rate = learning_rate * next / (1.0 - product * next);
        NadamStep {
            moments: MomentsStep::new(&settings.adam, learning_rate, t),
            negative_gradient_rate: T::from_f64(-gradient_rate),
            negative_moment_rate: T::from_f64(-moment_rate),
        }
    }
}

/// Changes the parameters and the two moments, which start at 0.
pub fn nadam<T: Real>(
    step: &NadamStep<T>,
    parameters: &mut [T],
    gradients: &[T],
    first_moments: &mut [T],
    second_moments: &mut [T],
) {
    step.moments.advance_all(parameters, gradients, [first_moments, second_moments], |at| {
        let w = step.negative_gradient_rate.mul_add(at.gradient / at.divisor, at.parameter);
        step.negative_moment_rate.mul_add(at.first / at.divisor, w)
    });
}

/// Updates sixteen values (the first `lanes` of them) at `slot`.
///
/// # Safety
/// As for [`Simd`]; the slot has `lanes` values behind each pointer that the rule uses.
#[inline(always)]
pub(super) unsafe fn apply<S: Simd>(step: &NadamStep<f32>, gradient: S::F, slot: Slot, lanes: usize) {
    // SAFETY: the caller vouches for `lanes` values behind the parameter and the first two states.
    unsafe {
        let at = step.moments.advance_vector::<S>(gradient, slot, lanes);
        let rate = S::splat(step.negative_gradient_rate);
        let w = S::fma(rate, S::div(at.gradient, at.divisor), at.parameter);
        let w = S::fma(S::splat(step.negative_moment_rate), S::div(at.first, at.divisor), w);
        S::store_first(slot.parameter, lanes, w);
    }
}
