//! SGD, Adam and AdamW value by value: the specification.
//!
//! Formulas (as PyTorch's), with w the parameter and g its gradient:
//! - SGD: g = fma(wd, w, g) unless wd is 0; with momentum buf = fma(mu, buf, g), and the direction d is
//!   buf, or with Nesterov fma(mu, buf, g); without momentum d = g. w = fma(-lr, d, w).
//! - Adam (Kingma and Ba 2015, algorithm 1): g = fma(wd, w, g) unless wd is 0;
//!   m = fma(b1, m, (1 - b1) * g); v = fma(b2, v, ((1 - b2) * g) * g);
//!   d = fma(sqrt(v), 1 / sqrt(1 - b2^t), eps); w = fma(-(lr / (1 - b1^t)), m / d, w).
//! - AdamW (Loshchilov and Hutter 2019, algorithm 2): w = w * (1 - lr wd) first, then Adam without wd.
//!
//! Scalars are computed in f64 and rounded to T once.

use crate::real::Real;

/// The scalars of an SGD step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdStep<T> {
    /// -lr.
    pub negative_rate: T,
    /// mu; without buffers it does not matter.
    pub momentum: T,
    /// Weight of the L2 penalty; 0 for none.
    pub weight_decay: T,
    /// Nesterov's look-ahead.
    pub nesterov: bool,
}

/// Changes the parameters. `buffers` is the velocity, starting at 0; empty without momentum.
pub fn sgd<T: Real>(step: &SgdStep<T>, parameters: &mut [T], gradients: &[T], buffers: &mut [T]) {
    let has_momentum = !buffers.is_empty();
    assert_eq!(parameters.len(), gradients.len(), "sgd: number of gradients");
    assert!(!has_momentum || buffers.len() == parameters.len(), "sgd: number of buffers");
    for (i, (w, &g)) in parameters.iter_mut().zip(gradients).enumerate() {
        let g = if step.weight_decay != T::ZERO { step.weight_decay.mul_add(*w, g) } else { g };
        let direction = if has_momentum {
            let buffer = step.momentum.mul_add(buffers[i], g);
            buffers[i] = buffer;
            if step.nesterov { step.momentum.mul_add(buffer, g) } else { buffer }
        } else {
            g
        };
        *w = step.negative_rate.mul_add(direction, *w);
    }
}

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
