//! Adam and AdamW: the specification value by value, and the same sixteen values at a time.
//!
//! Formulas (as PyTorch's), with the [moments](super::moments) m, what they are divided by, d, and the parameter w:
//! - Adam (Kingma and Ba 2015, algorithm 1): w = fma(-(lr / (1 - b1^t)), m / d, w).
//! - AdamW (Loshchilov and Hutter 2019, algorithm 2): the same with a decoupled decay.
//!
//! Scalars are computed in f64 and rounded to T once.

use super::moments::{AdamSettings, MomentsStep};
use super::slot::Slot;
use crate::real::Real;
use crate::simd::Simd;

/// The scalars of an Adam or AdamW step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep<T> {
    moments: MomentsStep<T>,
    /// -(lr / (1 - b1^t)).
    negative_rate: T,
}

impl<T: Real> AdamStep<T> {
    /// The scalars of step `t`, counted from 1.
    pub fn new(settings: &AdamSettings, learning_rate: f64, t: u64) -> Self {
        // libm, because the standard library's power differs between machines.
        let bias = 1.0 - libm::pow(settings.betas.0, t as f64);
        AdamStep {
            moments: MomentsStep::new(settings, learning_rate, t),
            negative_rate: T::from_f64(-(learning_rate / bias)),
        }
    }
}

/// Changes the parameters and the two moments, which start at 0.
pub fn adam<T: Real>(
    step: &AdamStep<T>,
    parameters: &mut [T],
    gradients: &[T],
    first_moments: &mut [T],
    second_moments: &mut [T],
) {
    step.moments.advance_all(parameters, gradients, [first_moments, second_moments], |at| {
        step.negative_rate.mul_add(at.first / at.divisor, at.parameter)
    });
}

/// Updates sixteen values (the first `lanes` of them) at `slot`.
///
/// # Safety
/// As for [`Simd`]; the slot has `lanes` values behind each pointer that the rule uses.
#[inline(always)]
pub(super) unsafe fn apply<S: Simd>(step: &AdamStep<f32>, gradient: S::F, slot: Slot, lanes: usize) {
    // SAFETY: the caller vouches for `lanes` values behind the parameter and the first two states.
    unsafe {
        let at = step.moments.advance_vector::<S>(gradient, slot, lanes);
        let w = S::fma(S::splat(step.negative_rate), S::div(at.first, at.divisor), at.parameter);
        S::store_first(slot.parameter, lanes, w);
    }
}
