//! NAdam: the specification value by value, and the same sixteen values at a time.
//!
//! Formula (Dozat 2016; as PyTorch's), with w the parameter, g its gradient and t the step from 1:
//! g = fma(wd, w, g) unless wd is 0 or decoupled; decoupled w = w * (1 - lr wd) first;
//! m = fma(b1, m, (1 - b1) * g); v = fma(b2, v, ((1 - b2) * g) * g); d = fma(sqrt(v), 1 / sqrt(1 - b2^t), eps);
//! w = fma(-kg, g / d, w), then w = fma(-km, m / d, w), where, with mu_t = b1 (1 - 0.96^(t md) / 2) and the
//! product P_t = mu_1 ... mu_t, kg = lr (1 - mu_t) / (1 - P_t) and km = lr mu_(t+1) / (1 - P_(t+1)).
//!
//! The product is computed anew in each step: it is a function of t, and no state that a checkpoint would have
//! to keep. Scalars are computed in f64 and rounded to T once.

use super::Slot;
use crate::real::Real;
use crate::simd::Simd;

/// The scalars of a NAdam step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NadamStep<T> {
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
    /// Added to the corrected root.
    pub eps: T,
    /// -kg: of the gradient.
    pub negative_gradient_rate: T,
    /// -km: of the first moment.
    pub negative_moment_rate: T,
    /// Weight of the L2 penalty; 0 for none.
    pub weight_decay: T,
    /// 1 - lr wd if decoupled, else 1.
    pub shrink: T,
}

/// The settings of NAdam.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NadamSettings {
    /// Decay of the two moments.
    pub betas: (f64, f64),
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Weight of the decay.
    pub weight_decay: f64,
    /// How fast mu_t grows from about half of b1 towards b1.
    pub momentum_decay: f64,
    /// A decay of the parameters instead of a penalty.
    pub decoupled: bool,
}

impl NadamSettings {
    /// mu_t.
    fn momentum(&self, t: u64) -> f64 {
        // libm, because the standard library's power differs between machines.
        self.betas.0 * (1.0 - 0.5 * libm::pow(0.96, t as f64 * self.momentum_decay))
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
        let NadamSettings { betas: (b1, b2), eps, weight_decay, decoupled, .. } = *settings;
        let (mu, next) = (settings.momentum(t), settings.momentum(t + 1));
        let product = settings.product(t);
        let gradient_rate = learning_rate * (1.0 - mu) / (1.0 - product);
        let moment_rate = learning_rate * next / (1.0 - product * next);
        NadamStep {
            beta1: T::from_f64(b1),
            one_minus_beta1: T::from_f64(1.0 - b1),
            beta2: T::from_f64(b2),
            one_minus_beta2: T::from_f64(1.0 - b2),
            root_correction: T::from_f64(1.0 / (1.0 - libm::pow(b2, t as f64)).sqrt()),
            eps: T::from_f64(eps),
            negative_gradient_rate: T::from_f64(-gradient_rate),
            negative_moment_rate: T::from_f64(-moment_rate),
            weight_decay: T::from_f64(if decoupled { 0.0 } else { weight_decay }),
            shrink: T::from_f64(if decoupled { 1.0 - learning_rate * weight_decay } else { 1.0 }),
        }
    }
}

/// Changes the parameters and the two moments, which start at 0. Where `shrink` is 1, the first product
/// changes nothing.
pub fn nadam<T: Real>(
    step: &NadamStep<T>,
    parameters: &mut [T],
    gradients: &[T],
    first_moments: &mut [T],
    second_moments: &mut [T],
) {
    assert_eq!(parameters.len(), gradients.len(), "nadam: number of gradients");
    assert_eq!(parameters.len(), first_moments.len(), "nadam: number of first moments");
    assert_eq!(parameters.len(), second_moments.len(), "nadam: number of second moments");
    let moments = first_moments.iter_mut().zip(second_moments);
    for ((w, &g), (m, v)) in parameters.iter_mut().zip(gradients).zip(moments) {
        let g = if step.weight_decay != T::ZERO { step.weight_decay.mul_add(*w, g) } else { g };
        *w = *w * step.shrink;
        *m = step.beta1.mul_add(*m, step.one_minus_beta1 * g);
        *v = step.beta2.mul_add(*v, (step.one_minus_beta2 * g) * g);
        let d = v.sqrt().mul_add(step.root_correction, step.eps);
        *w = step.negative_gradient_rate.mul_add(g / d, *w);
        *w = step.negative_moment_rate.mul_add(*m / d, *w);
    }
}

/// Updates sixteen values (the first `lanes` of them) at `slot`.
///
/// # Safety
/// As for [`Simd`]; the slot has `lanes` values behind each pointer that the rule uses.
#[inline(always)]
pub(super) unsafe fn apply<S: Simd>(step: &NadamStep<f32>, gradient: S::F, slot: Slot, lanes: usize) {
    let [first, second, _] = slot.states;
    // SAFETY: the caller vouches for `lanes` values behind the parameter and the first two states.
    unsafe {
        let mut w = S::load_first(slot.parameter, lanes);
        let mut g = gradient;
        if step.weight_decay != 0.0 {
            g = S::fma(S::splat(step.weight_decay), w, g);
        }
        if step.shrink != 1.0 {
            w = S::mul(w, S::splat(step.shrink));
        }
        let m = S::load_first(first, lanes);
        let m = S::fma(S::splat(step.beta1), m, S::mul(S::splat(step.one_minus_beta1), g));
        let v = S::load_first(second, lanes);
        let v = S::fma(S::splat(step.beta2), v, S::mul(S::mul(S::splat(step.one_minus_beta2), g), g));
        S::store_first(first, lanes, m);
        S::store_first(second, lanes, v);
        let d = S::fma(S::sqrt(v), S::splat(step.root_correction), S::splat(step.eps));
        w = S::fma(S::splat(step.negative_gradient_rate), S::div(g, d), w);
        w = S::fma(S::splat(step.negative_moment_rate), S::div(m, d), w);
        S::store_first(slot.parameter, lanes, w);
    }
}
