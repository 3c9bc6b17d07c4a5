//! e^x.

use super::polynomial::polynomial;

/// ln 2 rounded to f32, and what is missing.
pub(super) const LN_2_HIGH: f32 = std::f32::consts::LN_2;
pub(super) const LN_2_LOW: f32 = -1.904_654_3e-9;

/// (e^r - 1 - r) / r^2 on |r| <= ln(2) / 2, with an error of 3.2e-9 of e^r.
const TAIL: [f32; 5] = [0.499_999_94, 0.166_665_21, 0.041_668_262, 0.008_368_675, 0.001_382_105_5];

/// e^x within 1 ulp; infinity above 88.72, denormals below -87.33, 0 below -103.97.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    // Beyond these the result is infinite or 0 anyway; NaN passes both comparisons.
    let clamped = if x > 89.0 { 89.0 } else { x };
    let clamped = if clamped < -105.0 { -105.0 } else { clamped };
    let shifted = clamped.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let exponent = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    // Exact: n * LN_2_HIGH and x share their leading bits.
    let r = n.mul_add(-LN_2_HIGH, clamped);
    let r = n.mul_add(-LN_2_LOW, r);
    let power = 1.0 + polynomial(r, TAIL).mul_add(r * r, r);
    // 2^n in two factors: the first product is exact, the second rounds into the denormals or overflows.
    let half = exponent >> 1;
    let result = power * power_of_two(half) * power_of_two(exponent.wrapping_sub(half));
    if x.is_nan() { x } else { result }
}

/// 2^n for n from -126 to 127.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
}
