//! GELU.

use std::f64::consts::FRAC_2_PI;

use super::function::Function;
use crate::math::normal;
use crate::real::Real;
use crate::simd::Simd;

/// Hendrycks and Gimpel (2016): x Phi(x), or with `TANH` x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). The
/// order of operations is that of the code.
#[derive(Clone, Copy)]
pub(super) struct Gelu<const TANH: bool>;

/// sqrt(2/pi) (x + 0.044715 x^3).
#[inline(always)]
fn inner<T: Real>(x: T) -> T {
    let cubic = (T::from_f64(0.044715) * (x * x)).mul_add(x, x);
    T::from_f64(FRAC_2_PI.sqrt()) * cubic
}

impl<const TANH: bool> Function for Gelu<TANH> {
    const OF_SIXTEEN: bool = !TANH;

    #[inline(always)]
    unsafe fn value_of_sixteen<S: Simd>(self, x: S::F) -> S::F {
        // SAFETY: the caller promises what stands under Safety.
        unsafe { S::mul(x, normal::CDF.half_and_odd_of::<S>(x)) }
    }

    #[inline(always)]
    unsafe fn gradient_of_sixteen<S: Simd>(self, x: S::F, dy: S::F) -> S::F {
        // SAFETY: the caller promises what stands under Safety.
        unsafe { S::mul(dy, normal::SLOPE.half_and_odd_of::<S>(x)) }
    }

    #[inline(always)]
    fn value<T: Real>(self, x: T) -> T {
        if !TANH {
            return x * x.normal_cdf();
        }
        T::from_f64(0.5) * x * (T::ONE + inner(x).tanh())
    }

    #[inline(always)]
    fn gradient<T: Real>(self, x: T, dy: T) -> T {
        if !TANH {
            return dy * x.gelu_slope();
        }
        let half = T::from_f64(0.5);
        let t = inner(x).tanh();
        // d inner / dx, then d tanh = 1 - t^2.
        let constant = T::from_f64(FRAC_2_PI.sqrt());
        let inner_slope = constant * T::from_f64(3.0 * 0.044715).mul_add(x * x, T::ONE);
        let tanh_slope = (-t).mul_add(t, T::ONE);
        dy * (half * x * tanh_slope).mul_add(inner_slope, half * (T::ONE + t))
    }
}
