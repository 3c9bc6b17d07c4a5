//! LeakyReLU.

use super::function::Function;
use crate::real::Real;

/// y = x if x > 0, else `negative_slope` x (Maas, Hannun and Ng 2013). Gradient: dy if x > 0, else
/// `negative_slope` dy. NaN stays NaN.
#[derive(Clone, Copy)]
pub(super) struct LeakyReLU {
    pub(super) negative_slope: f64,
}

impl Function for LeakyReLU {
    #[inline(always)]
    fn value<T: Real>(self, x: T) -> T {
        if x > T::ZERO { x } else { T::from_f64(self.negative_slope) * x }
    }

    #[inline(always)]
    fn gradient<T: Real>(self, x: T, dy: T) -> T {
        if x > T::ZERO { dy } else { T::from_f64(self.negative_slope) * dy }
    }
}
