//! Natural logarithm.

use super::exp::{LN_2_HIGH, LN_2_LOW};
use super::polynomial::polynomial;

/// (ln(1 + f) - f + f^2 / 2) / f^3 on |f| <= 1/3, with an error of 9e-10 of ln(1 + f).
const TAIL: [f32; 9] = [
    0.333_333_34,
    -0.249_998_27,
    0.199_996_81,
    -0.166_792_96,
    0.143_027_17,
    -0.121_994_18,
    0.107_695_56,
    -0.128_301_1,
    0.119_584_6,
];

/// ln(x) within 2 ulp; minus infinity at 0, NaN below.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    const TWO_THIRDS: i32 = 0x3f2a_aaab;
    // Denormals are scaled by 2^23 into the normal range.
    let denormal = x < f32::MIN_POSITIVE;
    let scaled = if denormal { x * 8_388_608.0 } else { x };
    let scale = if denormal { -23.0 } else { 0.0 };
    // x = 2^e m with m in [2/3, 4/3).
    let bits = (scaled.to_bits() as i32).wrapping_sub(TWO_THIRDS);
    let e = (bits >> 23) as f32 + scale;
    let m = f32::from_bits((bits & 0x007f_ffff).wrapping_add(TWO_THIRDS) as u32);
    let f = m - 1.0;
    let small = (f * f).mul_add(polynomial(f, TAIL).mul_add(f, -0.5), e * LN_2_LOW);
    let result = e.mul_add(LN_2_HIGH, f) + small;
    let result = if x == 0.0 { f32::NEG_INFINITY } else { result };
    let result = if x < 0.0 { f32::NAN } else { result };
    // Infinity and NaN are their own logarithms.
    if x < f32::INFINITY { result } else { x }
}
