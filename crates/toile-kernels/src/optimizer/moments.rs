//! What Adam, AdamW and NAdam have in common: two moments of the gradient, and what the second makes of a step.
//!
//! With w the parameter and g its gradient: g = fma(wd, w, g) unless wd is 0 or decoupled; decoupled
//! w = w * (1 - lr wd) first; m = fma(b1, m, (1 - b1) * g); v = fma(b2, v, ((1 - b2) * g) * g);
//! d = fma(sqrt(v), 1 / sqrt(1 - b2^t), eps).
//!
//! Scalars are computed in f64 and rounded to T once.

use super::slot::Slot;
use crate::real::Real;
use crate::simd::Simd;

/// What the scalars of a step with two moments come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamSettings {
    /// Decay of the two moments.
    pub betas: (f64, f64),
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Weight of the decay.
    pub weight_decay: f64,
    /// A decay of the parameters instead of a penalty.
    pub decoupled: bool,
}

/// The scalars of the moments in one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MomentsStep<T> {
    /// b1.
    beta1: T,
    /// 1 - b1.
    one_minus_beta1: T,
    /// b2.
    beta2: T,
    /// 1 - b2.
    one_minus_beta2: T,
    /// 1 / sqrt(1 - b2^t).
    root_correction: T,
    /// Added to the corrected root.
    eps: T,
    /// Weight of the L2 penalty; 0 for none, and where the decay is decoupled.
    weight_decay: T,
    /// 1 - lr wd where the decay is decoupled, else 1.
    shrink: T,
}

/// A parameter in the middle of a step, by itself or sixteen of them.
#[derive(Clone, Copy)]
pub(super) struct Advanced<T> {
    /// The parameter, shrunk by a decoupled decay.
    pub(super) parameter: T,
    /// Its gradient, with the penalty.
    pub(super) gradient: T,
    /// The new first moment.
    pub(super) first: T,
    /// What a step is divided by: d.
    pub(super) divisor: T,
}

impl<T: Real> MomentsStep<T> {
    /// The scalars of step `t`, counted from 1.
    pub(super) fn new(settings: &AdamSettings, learning_rate: f64, t: u64) -> Self {
        let AdamSettings { betas: (b1, b2), eps, weight_decay, decoupled } = *settings;
        // libm, because the standard library's power differs between machines.
        let bias = 1.0 - libm::pow(b2, t as f64);
        MomentsStep {
            beta1: T::from_f64(b1),
            one_minus_beta1: T::from_f64(1.0 - b1),
            beta2: T::from_f64(b2),
            one_minus_beta2: T::from_f64(1.0 - b2),
            root_correction: T::from_f64(1.0 / bias.sqrt()),
            eps: T::from_f64(eps),
            weight_decay: T::from_f64(if decoupled { 0.0 } else { weight_decay }),
            shrink: T::from_f64(if decoupled { 1.0 - learning_rate * weight_decay } else { 1.0 }),
        }
    }

    /// Moves the two moments on. Where `shrink` is 1, the product with it changes nothing.
    #[inline(always)]
    fn advance(&self, w: T, g: T, m: &mut T, v: &mut T) -> Advanced<T> {
        let gradient = if self.weight_decay != T::ZERO { self.weight_decay.mul_add(w, g) } else { g };
        *m = self.beta1.mul_add(*m, self.one_minus_beta1 * gradient);
        *v = self.beta2.mul_add(*v, (self.one_minus_beta2 * gradient) * gradient);
        let divisor = v.sqrt().mul_add(self.root_correction, self.eps);
        Advanced { parameter: w * self.shrink, gradient, first: *m, divisor }
    }

    /// Moves the moments of all parameters on, and then each parameter to where `update` says.
    pub(super) fn advance_all(
        &self,
        parameters: &mut [T],
        gradients: &[T],
        [first, second]: [&mut [T]; 2],
        update: impl Fn(Advanced<T>) -> T,
    ) {
        assert_eq!(parameters.len(), gradients.len(), "number of gradients");
        assert_eq!(parameters.len(), first.len(), "number of first moments");
        assert_eq!(parameters.len(), second.len(), "number of second moments");
        for ((w, &g), (m, v)) in parameters.iter_mut().zip(gradients).zip(first.iter_mut().zip(second)) {
            *w = update(self.advance(*w, g, m, v));
        }
    }
}

impl MomentsStep<f32> {
    /// [`advance`](MomentsStep::advance) for sixteen values (the first `lanes` of them) at `slot`.
    ///
    /// # Safety
    /// As for [`Simd`]; the slot has `lanes` values behind the parameter and the first two states.
    #[inline(always)]
    pub(super) unsafe fn advance_vector<S: Simd>(
        &self,
        gradient: S::F,
        slot: Slot,
        lanes: usize,
    ) -> Advanced<S::F> {
        let [first, second, _] = slot.states;
        // SAFETY: the caller vouches for `lanes` values behind the parameter and the first two states.
        unsafe {
            let mut w = S::load_first(slot.parameter, lanes);
            let mut g = gradient;
            if self.weight_decay != 0.0 {
                g = S::fma(S::splat(self.weight_decay), w, g);
            }
            if self.shrink != 1.0 {
                w = S::mul(w, S::splat(self.shrink));
            }
            let m = S::load_first(first, lanes);
            let m = S::fma(S::splat(self.beta1), m, S::mul(S::splat(self.one_minus_beta1), g));
            let v = S::load_first(second, lanes);
            let v = S::fma(S::splat(self.beta2), v, S::mul(S::mul(S::splat(self.one_minus_beta2), g), g));
            S::store_first(first, lanes, m);
            S::store_first(second, lanes, v);
            let divisor = S::fma(S::sqrt(v), S::splat(self.root_correction), S::splat(self.eps));
            Advanced { parameter: w, gradient: g, first: m, divisor }
        }
    }
}
