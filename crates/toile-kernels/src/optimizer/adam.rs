//! Adam and AdamW: the specification value by value, and the same sixteen values at a time.
//!
//! Formulas (as PyTorch's), with w the parameter and g its gradient:
//! - Adam (Kingma and Ba 2015, algorithm 1): g = fma(wd, w, g) unless wd is 0;
//!   m = fma(b1, m, (1 - b1) * g); v = fma(b2, v, ((1 - b2) * g) * g);
//!   d = fma(sqrt(v), 1 / sqrt(1 - b2^t), eps); w = fma(-(lr / (1 - b1^t)), m / d, w).
//! - AdamW (Loshchilov and Hutter 2019, algorithm 2): w = w * (1 - lr wd) first, then Adam without wd.
//!
//! Scalars are computed in f64 and rounded to T once.

use super::slot::Slot;
use crate::real::Real;
use crate::simd::Simd;

/// The scalars of an Adam or AdamW step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep<T> {
    /// b1.
    pub beta1: T,
    /// 1 - b1.
    pub one_minus_beta1: T,
    /// b2.
    pub beta2: T,
    /// 1 - b2.
    pub one_minus_beta2: T,
    /// 1 / sqrt(1 - b2^t).
    pub root_correction: T,
    /// Added to the root of the second moment.
    pub eps: T,
    /// -(lr / (1 - b1^t)).
    pub negative_rate: T,
    /// Weight of the L2 penalty; 0 for none, and for AdamW.
    pub weight_decay: T,
    /// 1 - lr wd for AdamW, 1 for Adam.
    pub shrink: T,
}

/// What the scalars of an Adam step come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamSettings {
    /// Decay of the two moments.
    pub betas: (f64, f64),
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Weight of the decay.
    pub weight_decay: f64,
    /// AdamW's decay of the parameters instead of Adam's penalty.
    pub decoupled: bool,
}

impl<T: Real> AdamStep<T> {
    /// The scalars of step `t`, counted from 1.
    pub fn new(settings: &AdamSettings, learning_rate: f64, t: u64) -> Self {
        let AdamSettings { betas: (b1, b2), eps, weight_decay, decoupled } = *settings;
        // libm, because the standard library's power differs between machines.
        let (bias1, bias2) = (1.0 - libm::pow(b1, t as f64), 1.0 - libm::pow(b2, t as f64));
        AdamStep {
            beta1: T::from_f64(b1),
            one_minus_beta1: T::from_f64(1.0 - b1),
            beta2: T::from_f64(b2),
            one_minus_beta2: T::from_f64(1.0 - b2),
            root_correction: T::from_f64(1.0 / bias2.sqrt()),
            eps: T::from_f64(eps),
            negative_rate: T::from_f64(-(learning_rate / bias1)),
            weight_decay: T::from_f64(if decoupled { 0.0 } else { weight_decay }),
            shrink: T::from_f64(if decoupled { 1.0 - learning_rate * weight_decay } else { 1.0 }),
        }
    }
}

/// Changes the parameters and the two moments, which start at 0. For Adam, whose `shrink` is 1, the first
/// product changes nothing.
pub fn adam<T: Real>(
    step: &AdamStep<T>,
    parameters: &mut [T],
    gradients: &[T],
    first_moments: &mut [T],
    second_moments: &mut [T],
) {
    assert_eq!(parameters.len(), gradients.len(), "adam: number of gradients");
    assert_eq!(parameters.len(), first_moments.len(), "adam: number of first moments");
    assert_eq!(parameters.len(), second_moments.len(), "adam: number of second moments");
    let moments = first_moments.iter_mut().zip(second_moments);
    for ((w, &g), (m, v)) in parameters.iter_mut().zip(gradients).zip(moments) {
        let g = if step.weight_decay != T::ZERO { step.weight_decay.mul_add(*w, g) } else { g };
        *w = *w * step.shrink;
        *m = step.beta1.mul_add(*m, step.one_minus_beta1 * g);
        *v = step.beta2.mul_add(*v, (step.one_minus_beta2 * g) * g);
        let d = v.sqrt().mul_add(step.root_correction, step.eps);
        *w = step.negative_rate.mul_add(*m / d, *w);
    }
}

/// Updates sixteen values (the first `lanes` of them) at `slot`.
///
/// # Safety
/// As for [`Simd`]; the slot has `lanes` values behind each pointer that the rule uses.
#[inline(always)]
pub(super) unsafe fn apply<S: Simd>(step: &AdamStep<f32>, gradient: S::F, slot: Slot, lanes: usize) {
    let AdamStep {
        beta1,
        one_minus_beta1,
        beta2,
        one_minus_beta2,
        root_correction,
        eps,
        negative_rate,
        weight_decay,
        shrink,
    } = *step;
    let [first, second, _] = slot.states;
    // SAFETY: the caller vouches for `lanes` values behind the parameter and the first two states.
    unsafe {
        let mut w = S::load_first(slot.parameter, lanes);
        let mut g = gradient;
        if weight_decay != 0.0 {
            g = S::fma(S::splat(weight_decay), w, g);
        }
        if shrink != 1.0 {
            w = S::mul(w, S::splat(shrink));
        }
        let m = S::load_first(first, lanes);
        let m = S::fma(S::splat(beta1), m, S::mul(S::splat(one_minus_beta1), g));
        let v = S::load_first(second, lanes);
        let v = S::fma(S::splat(beta2), v, S::mul(S::mul(S::splat(one_minus_beta2), g), g));
        S::store_first(first, lanes, m);
        S::store_first(second, lanes, v);
        let d = S::fma(S::sqrt(v), S::splat(root_correction), S::splat(eps));
        S::store_first(slot.parameter, lanes, S::fma(S::splat(negative_rate), S::div(m, d), w));
    }
}
