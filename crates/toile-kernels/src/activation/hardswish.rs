//! Hardswish.

use super::function::Function;
use crate::real::Real;

/// y = x (c / 6) with c = x + 3 held between 0 and 6 (Howard et al. 2019). Gradient: dy times 0 up to -3, 1 from
/// 3 on, and fma(x, 1/3, 1/2) between. NaN stays NaN.
#[derive(Clone, Copy)]
pub(super) struct Hardswish;

impl Function for Hardswish {
    #[inline(always)]
    fn value<T: Real>(self, x: T) -> T {
        let six = T::from_f64(6.0);
        let shifted = x + T::from_f64(3.0);
        let above = if T::ZERO > shifted { T::ZERO } else { shifted };
        let clamped = if above > six { six } else { above };
        x * (clamped / six)
    }

    #[inline(always)]
    fn gradient<T: Real>(self, x: T, dy: T) -> T {
        let three = T::from_f64(3.0);
        let slope = x.mul_add(T::from_f64(1.0 / 3.0), T::from_f64(0.5));
        let slope = if x <= -three { T::ZERO } else { slope };
        dy * if x >= three { T::ONE } else { slope }
    }
}
