//! Transcendental functions against those of libm in f64, over steps through all f32 there are.

use toile_kernels::math::{exp, gelu_slope, ln, normal_cdf, tanh};

/// The distance of `got` from `exact` in units of the last place of `exact` as f32.
fn ulps(got: f32, exact: f64) -> f64 {
    let exponent = exact.abs().max(f64::from(f32::MIN_POSITIVE)).log2().floor();
    (f64::from(got) - exact).abs() / (exponent - 23.0).exp2()
}

/// The largest distance over every `step`-th f32 from `from` to `to` (both of one sign), and where.
fn worst(f: fn(f32) -> f32, exact: fn(f64) -> f64, from: f32, to: f32, step: usize) -> (f64, f32) {
    let (a, b) = (from.to_bits().min(to.to_bits()), from.to_bits().max(to.to_bits()));
    let mut worst = (0.0, from);
    for bits in (a..=b).step_by(step) {
        let x = f32::from_bits(bits);
        let distance = ulps(f(x), exact(f64::from(x)));
        if distance > worst.0 || distance.is_nan() {
            worst = (distance, x);
        }
    }
    worst
}

/// The largest distance from `exact` over every hundredth or so f32 of either sign, and where.
fn farthest(f: fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> (f64, f32) {
    let mut farthest = (0.0, 0.0);
    for bits in (f32::to_bits(1e-30)..=f32::to_bits(100.0)).step_by(107) {
        for x in [f32::from_bits(bits), -f32::from_bits(bits)] {
            let distance = (f64::from(f(x)) - exact(f64::from(x))).abs();
            if distance > farthest.0 || distance.is_nan() {
                farthest = (distance, x);
            }
        }
    }
    farthest
}

fn cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

#[test]
fn normal_probabilities_and_the_slope_of_gelu_stay_within_what_they_say() {
    let (distance, x) = farthest(normal_cdf, cdf);
    assert!(distance <= 7e-8, "{distance} at {x}");
    for bits in f32::to_bits(1.0)..=f32::to_bits(5.6) {
        let [low, high] = [-1.0, 1.0].map(|sign| normal_cdf(sign * f32::from_bits(bits)));
        assert!(low >= 0.0 && high <= 1.0, "{low} and {high} of {}", f32::from_bits(bits));
    }
    let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let (distance, x) = farthest(gelu_slope, |x| cdf(x) + x * density(x));
    assert!(distance <= 3e-7, "{distance} at {x}");
}

#[test]
fn special_values_of_normal_probabilities_and_the_slope_of_gelu() {
    for f in [normal_cdf, gelu_slope] {
        assert!(f(f32::NAN).is_nan());
        let smallest = f32::from_bits(1);
        for (x, expected) in [
            (0.0, 0.5),
            (-0.0, 0.5),
            (smallest, 0.5),
            (6.0, 1.0),
            (f32::MAX, 1.0),
            (f32::INFINITY, 1.0),
            (-6.0, 0.0),
            (f32::MIN, 0.0),
            (f32::NEG_INFINITY, 0.0),
        ] {
            assert_eq!(f(x).to_bits(), f32::to_bits(expected), "of {x}");
        }
    }
}

#[test]
fn exp_stays_within_one_ulp_of_libm() {
    for (from, to) in [(1e-10, 88.722_83), (-1e-10, -87.3)] {
        let (distance, x) = worst(exp, libm::exp, from, to, 167);
        assert!(distance <= 1.0, "{distance} ulp at {x}");
    }
    // Denormal results round twice.
    let (distance, x) = worst(exp, libm::exp, -87.3, -103.9, 17);
    assert!(distance <= 1.0, "{distance} ulp at {x}");
}

#[test]
fn special_values_of_exp() {
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

#[test]
fn ln_stays_within_two_ulp_of_libm() {
    for (from, to, step) in
        [(f32::from_bits(1), 0.5, 677), (0.5, 2.0, 31), (2.0, f32::MAX, 677), (0.999, 1.001, 1)]
    {
        let (distance, x) = worst(ln, libm::log, from, to, step);
        assert!(distance <= 2.0, "{distance} ulp at {x}");
    }
}

#[test]
fn special_values_of_ln() {
    for x in [f32::NAN, -1.0, f32::NEG_INFINITY, -f32::from_bits(1)] {
        assert!(ln(x).is_nan(), "ln({x})");
    }
    for (x, expected) in [
        (1.0, 0.0),
        (0.0, f32::NEG_INFINITY),
        (-0.0, f32::NEG_INFINITY),
        (f32::INFINITY, f32::INFINITY),
        (2.0, std::f32::consts::LN_2),
    ] {
        assert_eq!(ln(x).to_bits(), f32::to_bits(expected), "ln({x})");
    }
}

#[test]
fn tanh_stays_within_two_ulp_of_libm() {
    for (from, to) in [(1e-30, 100.0), (-1e-30, -100.0)] {
        let (distance, x) = worst(tanh, libm::tanh, from, to, 167);
        assert!(distance <= 2.0, "{distance} ulp at {x}");
    }
}

#[test]
fn special_values_of_tanh() {
    assert!(tanh(f32::NAN).is_nan());
    for (x, expected) in [
        (0.0, 0.0),
        (-0.0, -0.0),
        (f32::INFINITY, 1.0),
        (f32::NEG_INFINITY, -1.0),
        (f32::MAX, 1.0),
        (f32::from_bits(1), f32::from_bits(1)),
    ] {
        assert_eq!(tanh(x).to_bits(), f32::to_bits(expected), "tanh({x})");
    }
}
