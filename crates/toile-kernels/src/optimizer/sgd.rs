//! Stochastic gradient descent: the specification value by value, and the same sixteen values at a time.
//!
//! Formula (as PyTorch's `SGD` with dampening 0), with w the parameter and g its gradient: g = fma(wd, w, g)
//! unless wd is 0; with momentum buf = fma(mu, buf, g), and the direction d is buf, or with Nesterov
//! fma(mu, buf, g); without momentum d = g. w = fma(-lr, d, w).

use super::slot::Slot;
use crate::real::Real;
use crate::simd::Simd;

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

/// Updates sixteen values (the first `lanes` of them) at `slot`.
///
/// # Safety
/// As for [`Simd`]; the slot has `lanes` values behind each pointer that the rule uses.
#[inline(always)]
pub(super) unsafe fn apply<S: Simd>(step: &SgdStep<f32>, gradient: S::F, slot: Slot, lanes: usize) {
    let SgdStep { negative_rate, weight_decay, momentum, nesterov } = *step;
    let [velocities, ..] = slot.states;
    // SAFETY: the caller vouches for `lanes` values behind the parameter and, with momentum, the first state.
    unsafe {
        let w = S::load_first(slot.parameter, lanes);
        let mut step = gradient;
        if weight_decay != 0.0 {
            step = S::fma(S::splat(weight_decay), w, step);
        }
        if momentum != 0.0 {
            let mu = S::splat(momentum);
            let velocity = S::fma(mu, S::load_first(velocities, lanes), step);
            S::store_first(velocities, lanes, velocity);
            step = if nesterov { S::fma(mu, velocity, step) } else { velocity };
        }
        S::store_first(slot.parameter, lanes, S::fma(S::splat(negative_rate), step, w));
    }
}
