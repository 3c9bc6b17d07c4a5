//! e^x.

use super::polynomial;

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

#[cfg(test)]
mod tests {
    use super::super::accuracy::worst;
    use super::exp;

    #[test]
    fn stays_within_one_ulp_of_libm() {
        for (from, to) in [(1e-10, 88.722_83), (-1e-10, -87.3)] {
            let (distance, x) = worst(exp, libm::exp, from, to, 167);
            assert!(distance <= 1.0, "{distance} ulp at {x}");
        }
        // Denormal results round twice.
        let (distance, x) = worst(exp, libm::exp, -87.3, -103.9, 17);
        assert!(distance <= 1.0, "{distance} ulp at {x}");
    }

    #[test]
    fn special_values() {
        assert!(exp(f32::NAN).is_nan());
        for (x, expected) in [
            (0.0, 1.0),
            (-0.0, 1.0),
            (f32::INFINITY, f32::INFINITY),
            (f32::NEG_INFINITY, 0.0),
            (f32::MAX, f32::INFINITY),
            (f32::MIN, 0.0),
            (88.73, f32::INFINITY),
            (-104.1, 0.0),
            (f32::from_bits(1), 1.0),
            (-103.2, f32::from_bits(1)),
        ] {
            assert_eq!(exp(x).to_bits(), f32::to_bits(expected), "exp({x})");
        }
    }
}
