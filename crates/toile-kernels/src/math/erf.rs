//! Error function.

use super::{exp, polynomial};

/// Where the two fits meet.
const MIDDLE: f32 = 0.921_875;

/// erf(x) / x - 1 in powers of x^2 on |x| <= 0.925, with an error of 9e-10 of erf(x).
const NEAR: [f32; 7] = [
    0.128_379_17,
    -0.376_126_3,
    0.112_836_26,
    -0.026_855_73,
    0.005_192_392,
    -0.000_804_949_67,
    0.000_079_948_87,
];

/// -ln(1 - erf(x)) / x from 0.92 to 4, with an error of 7e-10 of erf(x).
const FAR: [f32; 7] = [
    1.128_652_2,
    0.635_135_7,
    0.106_263_46,
    -0.023_785_597,
    0.003_653_872_8,
    -0.000_325_677_28,
    0.000_011_524_549,
];

/// erf(x) within 1.5 ulp; keeps the sign of 0.
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    let a = x.abs();
    let near = polynomial(a * a, NEAR).mul_add(a, a);
    // From 3.92 on erf rounds to 1, and so does the fit at 4; NaN passes the comparison.
    let b = if a > 4.0 { 4.0 } else { a };
    let far = 1.0 - exp(-(polynomial(b, FAR) * b));
    let result = if a < MIDDLE { near } else { far };
    result.copysign(x)
}

#[cfg(test)]
mod tests {
    use super::super::accuracy::worst;
    use super::erf;

    #[test]
    fn stays_within_one_and_a_half_ulp_of_libm() {
        for (from, to) in [(1e-30, 100.0), (-1e-30, -100.0)] {
            let (distance, x) = worst(erf, libm::erf, from, to, 167);
            assert!(distance <= 1.5, "{distance} ulp at {x}");
        }
    }

    #[test]
    fn special_values() {
        assert!(erf(f32::NAN).is_nan());
        for (x, expected) in [
            (0.0, 0.0),
            (-0.0, -0.0),
            (f32::INFINITY, 1.0),
            (f32::NEG_INFINITY, -1.0),
            (f32::MAX, 1.0),
            (4.0, 1.0),
            (f32::from_bits(1), f32::from_bits(1)),
        ] {
            assert_eq!(erf(x).to_bits(), f32::to_bits(expected), "erf({x})");
        }
    }
}
