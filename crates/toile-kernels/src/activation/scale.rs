//! A constant factor.

use super::function::Function;
use crate::real::Real;

/// y = `value` x. Gradient: `value` dy.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    pub(super) value: f64,
}

impl Function for Scale {
    #[inline(always)]
    fn value<T: Real>(self, x: T) -> T {
        T::from_f64(self.value) * x
    }

    #[inline(always)]
    fn gradient<T: Real>(self, _x: T, dy: T) -> T {
        T::from_f64(self.value) * dy
    }
}
