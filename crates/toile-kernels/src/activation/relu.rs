//! ReLU.

use super::function::Function;
use crate::real::Real;

/// y = +0 if 0 > x, else x: NaN and -0 pass. Gradient: dx = +0 if x <= 0, else dy: NaN in x passes dy. (That
/// y <= 0 says the same, which is what fused kernels ask.)
#[derive(Clone, Copy)]
pub(super) struct ReLU;

impl Function for ReLU {
    #[inline(always)]
    fn value<T: Real>(self, x: T) -> T {
        if T::ZERO > x { T::ZERO } else { x }
    }

    #[inline(always)]
    fn gradient<T: Real>(self, x: T, dy: T) -> T {
        if x <= T::ZERO { T::ZERO } else { dy }
    }
}
