//! The half of Muon that goes value by value: the specification, and the same sixteen values at a time. The other
//! half takes the whole matrix ([`crate::muon`]).
//!
//! Formula (Jordan et al. 2024; as PyTorch's `Muon`), with g the gradient: buf = fma(1 - mu, g - buf, buf), and the
//! direction d is buf, or with Nesterov fma(mu, buf - g, g). The parameter stays as it is.
//!
//! The states stand in the order buf, then d, which nobody needs once the matrix has moved.

use super::slot::Slot;
use crate::real::Real;
use crate::simd::Simd;

/// The scalars of the first half of a Muon step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DirectionStep<T> {
    /// mu.
    pub momentum: T,
    /// 1 - mu.
    pub one_minus_momentum: T,
    /// Nesterov's look-ahead.
    pub nesterov: bool,
}

/// Moves the velocity, which starts at 0, and writes the direction.
pub fn direction<T: Real>(
    step: &DirectionStep<T>,
    gradients: &[T],
    velocities: &mut [T],
    directions: &mut [T],
) {
    assert_eq!(velocities.len(), gradients.len(), "muon: number of velocities");
    assert_eq!(directions.len(), gradients.len(), "muon: number of directions");
    for ((&g, v), d) in gradients.iter().zip(velocities).zip(directions) {
        *v = step.one_minus_momentum.mul_add(g - *v, *v);
        *d = if step.nesterov { step.momentum.mul_add(*v - g, g) } else { *v };
    }
}

/// Moves sixteen values (the first `lanes` of them) at `slot`.
///
/// # Safety
/// As for [`Simd`]; the slot has `lanes` values behind its first two states.
#[inline(always)]
pub(super) unsafe fn apply<S: Simd>(step: &DirectionStep<f32>, g: S::F, slot: Slot, lanes: usize) {
    let [velocities, directions, _] = slot.states;
    // SAFETY: the caller vouches for `lanes` values behind the first two states.
    unsafe {
        let v = S::load_first(velocities, lanes);
        let v = S::fma(S::splat(step.one_minus_momentum), S::sub(g, v), v);
        S::store_first(velocities, lanes, v);
        let d = if step.nesterov { S::fma(S::splat(step.momentum), S::sub(v, g), g) } else { v };
        S::store_first(directions, lanes, d);
    }
}
