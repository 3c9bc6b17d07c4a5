//! SiLU.

use super::function::Function;
use crate::real::Real;

/// y = x s with s = 1 / (1 + exp(-x)) (Elfwing, Uchibe and Doya 2018). Gradient:
/// dy (s fma(x, 1 - s, 1)). The order of operations is that of the code.
#[derive(Clone, Copy)]
pub(super) struct SiLU;

/// The logistic function.
#[inline(always)]
fn sigmoid<T: Real>(x: T) -> T {
    T::ONE / (T::ONE + (-x).exp())
}

impl Function for SiLU {
    #[inline(always)]
    fn value<T: Real>(self, x: T) -> T {
        x * sigmoid(x)
    }

    #[inline(always)]
    fn gradient<T: Real>(self, x: T, dy: T) -> T {
        let s = sigmoid(x);
        dy * (s * x.mul_add(T::ONE - s, T::ONE))
    }
}
