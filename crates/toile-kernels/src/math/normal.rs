//! The standard normal distribution, as far as GELU wants it.
//!
//! Both functions minus a half are odd: x times a polynomial of x^2, which is taken to t in -1 to 1 so that its terms stay
//! small. Behind the fit's end the result is that of the end, exactly 0 or 1. The fits are those of [`math`](super), all
//! coefficients rounded at once.

use super::polynomial::polynomial;

/// Where [`normal_cdf`] is 0 and 1 but for 1.9e-8.
const END: f32 = 5.5;

/// (Phi(x) - 1/2) / x in powers of t = 2 (x / END)^2 - 1, with an error of 3.7e-8 of Phi(x).
const CDF: [f32; 16] = [
    0.128_551_93,
    -0.064_172_335,
    0.047_737_63,
    -0.038_792_785,
    0.032_070_26,
    -0.026_048_262,
    0.020_364_566,
    -0.014_999_071,
    0.010_227_831,
    -0.006_819_928_5,
    0.004_621_775_4,
    -0.002_418_624,
    0.000_720_110_7,
    -0.000_529_150_1,
    0.000_631_557_7,
    -0.000_236_412_64,
];

/// Where [`gelu_slope`] is 0 and 1 but for 3.6e-8.
const SLOPE_END: f32 = 6.0;

/// (Phi(x) + x phi(x) - 1/2) / x in powers of t = 2 (x / SLOPE_END)^2 - 1, with an error of 9.8e-8 of the slope.
const SLOPE: [f32; 18] = [
    0.117_897_78,
    -0.059_342_664,
    0.046_055_473,
    -0.042_373_355,
    0.044_619_303,
    -0.050_815_81,
    0.057_998_896,
    -0.065_138_16,
    0.070_651_26,
    -0.062_767_55,
    0.042_908_765,
    -0.042_421_505,
    0.051_996_566,
    -0.025_945_55,
    -0.005_340_725_6,
    -0.002_650_931_7,
    0.013_821_429,
    -0.005_819_887_4,
];

/// 1/2 and what is odd about it: x times the polynomial, x no further out than `end`.
#[inline(always)]
fn half_and_odd<const N: usize>(x: f32, end: f32, coefficients: [f32; N]) -> f32 {
    // NaN passes both comparisons.
    let inside = if x > end { end } else { x };
    let inside = if inside < -end { -end } else { inside };
    let t = (inside * inside).mul_add(2.0 / (end * end), -1.0);
    // Not fused: at the ends the product rounds to a half.
    0.5 + polynomial(t, coefficients) * inside
}

/// The probability of values up to x, Phi(x), within 1.2e-7, which may be below 0; 0 up to -5.5 and 1 from 5.5 on.
#[inline(always)]
pub fn normal_cdf(x: f32) -> f32 {
    half_and_odd(x, END, CDF)
}

/// The slope of x Phi(x), Phi(x) + x phi(x), within 3e-7; 0 up to -6 and 1 from 6 on.
#[inline(always)]
pub fn gelu_slope(x: f32) -> f32 {
    half_and_odd(x, SLOPE_END, SLOPE)
}
