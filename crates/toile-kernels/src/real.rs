//! The numbers the plain references compute with: f32 as the engine has them, f64 as the oracle.

use std::f64::consts::{FRAC_1_SQRT_2, PI};
use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::math;
use crate::precision;

/// A floating-point number. The transcendental functions of f32 are Toile's own polynomials
/// ([`crate::math`]), those of f64 the crate `libm`'s: neither depends on the machine.
///
/// On a concrete `f32` or `f64` the standard library's methods of the same names win over these:
/// code that wants these bits is generic, or calls `Real::exp(x)`.
pub trait Real:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// +0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Whether the engine computes with it. Where an operation has several algorithms, the plain executor
    /// then follows the engine's choice; in other precisions it keeps to the plainest.
    const IS_ENGINES: bool;
    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    /// Exact.
    fn to_f64(self) -> f64;
    /// `self * factor + summand`, rounded once.
    fn mul_add(self, factor: Self, summand: Self) -> Self;
    /// The nearest bf16 ([`precision::round_to_bf16`]).
    fn to_bf16(self) -> Self;
    /// `self` with two products of bf16 ([`precision::add_products`]).
    fn add_products(self, first: [Self; 2], second: [Self; 2]) -> Self;
    /// Square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// e to the power of `self`.
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The probability of standard normal values up to this one, Phi.
    fn normal_cdf(self) -> Self;
    /// The slope of x Phi(x).
    fn gelu_slope(self) -> Self;
    /// Whether it is not a number.
    #[inline(always)]
    #[expect(clippy::eq_op, reason = "the definition of NaN")]
    fn is_nan(self) -> bool {
        self != self
    }
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const IS_ENGINES: bool = true;

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, summand: Self) -> Self {
        f32::mul_add(self, factor, summand)
    }

    #[inline(always)]
    fn to_bf16(self) -> Self {
        precision::round_to_bf16(self)
    }

    #[inline(always)]
    fn add_products(self, first: [Self; 2], second: [Self; 2]) -> Self {
        precision::add_products(self, first, second)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }

    #[inline(always)]
    fn exp(self) -> Self {
        math::exp(self)
    }

    #[inline(always)]
    fn ln(self) -> Self {
        math::ln(self)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        math::tanh(self)
    }

    #[inline(always)]
    fn normal_cdf(self) -> Self {
        math::normal_cdf(self)
    }

    #[inline(always)]
    fn gelu_slope(self) -> Self {
        math::gelu_slope(self)
    }
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const IS_ENGINES: bool = false;

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, summand: Self) -> Self {
        f64::mul_add(self, factor, summand)
    }

    #[inline(always)]
    fn to_bf16(self) -> Self {
        f64::from(precision::round_to_bf16(self as f32))
    }

    #[inline(always)]
    fn add_products(self, [a, b]: [Self; 2], [c, d]: [Self; 2]) -> Self {
        a.mul_add(b, c.mul_add(d, self))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }

    fn exp(self) -> Self {
        libm::exp(self)
    }

    fn ln(self) -> Self {
        libm::log(self)
    }

    fn tanh(self) -> Self {
        libm::tanh(self)
    }

    fn normal_cdf(self) -> Self {
        0.5 * (1.0 + libm::erf(self * FRAC_1_SQRT_2))
    }

    fn gelu_slope(self) -> Self {
        self.normal_cdf() + self * (1.0 / (2.0 * PI).sqrt()) * libm::exp(-0.5 * self * self)
    }
}
