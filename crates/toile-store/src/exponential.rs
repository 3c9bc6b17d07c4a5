//! Between log-probabilities and probabilities, from sums and products alone, so that every machine writes the same
//! digits: the platform's functions may differ in the last bit.

/// The probability of a log-probability: what `predictions.csv` says, and what every prediction says of the same image.
pub fn probability(log_probability: f32) -> f32 {
    exp(f64::from(log_probability)) as f32
}

/// e^x for x <= 0. With x = n ln 2 + r, |r| <= ln 2 / 2: Taylor's series of e^r to the 13th power, whose remainder is
/// below 1e-17, times 2^n.
pub fn exp(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    // Below this not even the smallest f32 is left.
    if x < -110.0 {
        return 0.0;
    }
    let n = (x * std::f64::consts::LOG2_E).round();
    let r = x - n * std::f64::consts::LN_2;
    let series = (1..=13).rev().fold(1.0, |sum, k| 1.0 + sum * r / f64::from(k));
    series * f64::from_bits(((1023 + n as i64) as u64) << 52)
}

/// ln x of a normal number above 0. With x = 2^n m, m from 1/sqrt 2 to sqrt 2, and s = (m - 1) / (m + 1), so that
/// |s| < 0.172: ln m = 2 (s + s^3 / 3 + s^5 / 5 + ...) to the 21st power, whose remainder is below 1e-18.
pub fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let (mut n, mut m) = ((bits >> 52) as i64 - 1023, f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52));
    if m > std::f64::consts::SQRT_2 {
        (n, m) = (n + 1, m / 2.0);
    }
    let s = (m - 1.0) / (m + 1.0);
    let series = (0..=10).rev().fold(0.0, |sum, k| sum * s * s + 1.0 / f64::from(2 * k + 1));
    n as f64 * std::f64::consts::LN_2 + 2.0 * s * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_the_exponential() {
        for step in 0..=11_000 {
            let x = -f64::from(step) / 100.0;
            let expected = x.exp();
            // n ln 2 is rounded once (|n| < 160, an error below 1e-14 at the far end), the series a few times.
            assert!((exp(x) - expected).abs() <= 2e-14 * expected, "e^{x}: {} for {expected}", exp(x));
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn ln_is_the_logarithm() {
        for step in 1..=11_000 {
            let x = f64::from(step) / 3_000.0;
            // Near 1 the logarithm is small, and s is off by a rounding of its own size.
            let error = (ln(x) - x.ln()).abs();
            assert!(error <= 4e-16 * (1.0 + x.ln().abs()), "ln {x}: {} for {}", ln(x), x.ln());
        }
        assert_eq!(ln(1.0), 0.0);
    }
}
