//! The distributions the rest of the crate asks for, over `statrs`' incomplete beta function and `libm`'s
//! error function (that of `statrs` is right to ten digits only).
//!
//! Against SciPy, probabilities agree to 1e-9 of themselves, also those far out, and so do quantiles.

use std::f64::consts::FRAC_1_SQRT_2;

use libm::erfc;
use statrs::function::beta::{beta_reg, ln_beta};

pub(crate) use statrs::function::gamma::ln_gamma;

/// P(Z > z) of the standard normal distribution.
pub fn normal_above(z: f64) -> f64 {
    0.5 * erfc(z * FRAC_1_SQRT_2)
}

/// The z > 0 that |Z| exceeds with this probability.
pub fn normal_two_sided(probability: f64) -> f64 {
    student_two_sided(probability, f64::INFINITY)
}

/// From here on Student's distribution is taken for the normal one. Their quantiles differ by (z³ + z) / 4ν;
/// the incomplete beta function loses as much sooner.
pub const NU_NORMAL: f64 = 1e7;

/// P(|T| > t) of Student's distribution.
///
/// With x = ν / (ν + t²) it is I_x(ν/2, 1/2); for small t, where x is all but 1, it is 1 - I_(1-x)(1/2, ν/2)
/// (Abramowitz and Stegun 1964, 26.5.27 and 26.5.2).
pub fn student_outside(t: f64, degrees_of_freedom: f64) -> f64 {
    let nu = degrees_of_freedom;
    let square = t * t;
    if nu > NU_NORMAL {
        return erfc(t.abs() * FRAC_1_SQRT_2);
    }
    if square.is_infinite() {
        return 0.0;
    }
    if square < 0.5 {
        1.0 - beta_reg(0.5, nu / 2.0, square / (nu + square))
    } else {
        beta_reg(nu / 2.0, 0.5, nu / (nu + square))
    }
}

/// The t > 0 that |T| exceeds with this probability: Newton's steps on the logarithm of the probability over
/// the logarithm of t, inside a bracket that every step narrows.
pub fn student_two_sided(probability: f64, degrees_of_freedom: f64) -> f64 {
    let nu = degrees_of_freedom;
    if probability >= 1.0 {
        return 0.0;
    }
    if probability <= 0.0 {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (1e-300f64, 1e300f64);
    let mut t = 1.0f64;
    for _ in 0..400 {
        let outside = student_outside(t, nu);
        if outside > probability {
            low = t;
        } else {
            high = t;
        }
        // d ln P / d ln t = -2 t f(t) / P, with f the density.
        let slope = -2.0 * (t.ln() + student_ln_density(t, nu)).exp() / outside;
        let newton = t * ((probability.ln() - outside.ln()) / slope).exp();
        let next = if newton > low && newton < high { newton } else { low.sqrt() * high.sqrt() };
        if (next - t).abs() <= 1e-15 * t * (1.0 - probability.ln()) {
            return next;
        }
        t = next;
    }
    t
}

fn student_ln_density(t: f64, nu: f64) -> f64 {
    if nu > NU_NORMAL {
        return -0.5 * (t * t + (2.0 * std::f64::consts::PI).ln());
    }
    -0.5 * nu.ln() - ln_beta(nu / 2.0, 0.5) - (nu + 1.0) / 2.0 * (t * t / nu).ln_1p()
}

/// P(X <= k) for X successes in n fair throws.
pub fn binomial_half_at_most(k: u64, n: u64) -> f64 {
    if k >= n { 1.0 } else { beta_reg((n - k) as f64, k as f64 + 1.0, 0.5) }
}
