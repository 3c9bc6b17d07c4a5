//! RMSprop: the specification value by value, and the same sixteen values at a time.
//!
//! Formula (Tieleman and Hinton 2012, lecture 6e; as PyTorch's), with w the parameter and g its gradient:
//! g = fma(wd, w, g) unless wd is 0; v = fma(a, v, ((1 - a) * g) * g); centered also
//! m = fma(1 - a, g - m, m), and the variance v - m m = fma(-m, m, v), where rounding makes it negative +0,
//! in place of v; q = g / (sqrt(v) + eps); with momentum buf = fma(mu, buf, q), without buf = q;
//! w = fma(-lr, buf, w).
//!
//! The states stand in the order v, then buf with momentum, then m if centered. Scalars are computed in f64
//! and rounded to T once.

use super::{STATES_MAX, Slot};
use crate::real::Real;
use crate::simd::Simd;

/// The scalars of an RMSprop step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmspropStep<T> {
    /// a.
    pub alpha: T,
    /// 1 - a.
    pub one_minus_alpha: T,
    /// Added to the root.
    pub eps: T,
    /// -lr.
    pub negative_rate: T,
    /// mu; 0 for no velocity.
    pub momentum: T,
    /// Weight of the L2 penalty; 0 for none.
    pub weight_decay: T,
    /// Whether the root is that of the variance instead of the mean square.
    pub centered: bool,
}

impl<T: Real> RmspropStep<T> {
    /// How many states a parameter has.
    pub fn states(&self) -> usize {
        1 + usize::from(self.momentum != T::ZERO) + usize::from(self.centered)
    }

    /// Which state is the mean, if centered: the last.
    fn mean(&self) -> usize {
        self.states() - 1
    }
}

/// Changes the parameters and the states, which start at 0.
pub fn rmsprop<T: Real>(
    step: &RmspropStep<T>,
    parameters: &mut [T],
    gradients: &[T],
    states: [&mut [T]; STATES_MAX],
) {
    assert_eq!(parameters.len(), gradients.len(), "rmsprop: number of gradients");
    for state in states.iter().take(step.states()) {
        assert_eq!(parameters.len(), state.len(), "rmsprop: number of states");
    }
    for (i, (w, &g)) in parameters.iter_mut().zip(gradients).enumerate() {
        let g = if step.weight_decay != T::ZERO { step.weight_decay.mul_add(*w, g) } else { g };
        let square = step.alpha.mul_add(states[0][i], (step.one_minus_alpha * g) * g);
        states[0][i] = square;
        let spread = if step.centered {
            let mean = &mut states[step.mean()][i];
            *mean = step.one_minus_alpha.mul_add(g - *mean, *mean);
            let variance = (-*mean).mul_add(*mean, square);
            if T::ZERO > variance { T::ZERO } else { variance }
        } else {
            square
        };
        let mut direction = g / (spread.sqrt() + step.eps);
        if step.momentum != T::ZERO {
            direction = step.momentum.mul_add(states[1][i], direction);
            states[1][i] = direction;
        }
        *w = step.negative_rate.mul_add(direction, *w);
    }
}

/// Updates sixteen values (the first `lanes` of them) at `slot`.
///
/// # Safety
/// As for [`Simd`]; the slot has `lanes` values behind each pointer that the rule uses.
#[inline(always)]
pub(super) unsafe fn apply<S: Simd>(step: &RmspropStep<f32>, gradient: S::F, slot: Slot, lanes: usize) {
    // SAFETY: the caller vouches for `lanes` values behind the parameter and the first `step.states()` states.
    unsafe {
        let w = S::load_first(slot.parameter, lanes);
        let mut g = gradient;
        if step.weight_decay != 0.0 {
            g = S::fma(S::splat(step.weight_decay), w, g);
        }
        let share = S::splat(step.one_minus_alpha);
        let square = S::load_first(slot.states[0], lanes);
        let square = S::fma(S::splat(step.alpha), square, S::mul(S::mul(share, g), g));
        S::store_first(slot.states[0], lanes, square);
        let mut spread = square;
        if step.centered {
            let means = slot.states[step.mean()];
            let mean = S::load_first(means, lanes);
            let mean = S::fma(share, S::sub(g, mean), mean);
            S::store_first(means, lanes, mean);
            spread = S::relu(S::fma(S::mul(S::splat(-1.0), mean), mean, square));
        }
        let mut direction = S::div(g, S::add(S::sqrt(spread), S::splat(step.eps)));
        if step.momentum != 0.0 {
            direction = S::fma(S::splat(step.momentum), S::load_first(slot.states[1], lanes), direction);
            S::store_first(slot.states[1], lanes, direction);
        }
        S::store_first(slot.parameter, lanes, S::fma(S::splat(step.negative_rate), direction, w));
    }
}
