//! Transcendental functions of f32, the same bits on every machine: nothing but `+ - * /`, fused
//! multiply-adds, comparisons with selects and integer operations on the bits, and no branches, so
//! that a vectorised caller gets these bits lane by lane. NaN stays NaN.
//!
//! The polynomials are minimax fits of this project (Lawson's algorithm on Chebyshev nodes, the
//! coefficients rounded to f32 one after the other, lowest power first, and the rest fitted again).

mod erf;
mod exp;
mod ln;
mod tanh;

pub use erf::erf;
pub use exp::exp;
pub use ln::ln;
pub use tanh::tanh;

/// Horner's scheme, fused; coefficients from the lowest power up.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut value = coefficients[N - 1];
    for i in (0..N - 1).rev() {
        value = value.mul_add(x, coefficients[i]);
    }
    value
}

#[cfg(test)]
mod accuracy {
    /// The distance of `got` from `exact` in units of the last place of `exact` as f32.
    pub(super) fn ulps(got: f32, exact: f64) -> f64 {
        let exponent = exact.abs().max(f64::from(f32::MIN_POSITIVE)).log2().floor();
        (f64::from(got) - exact).abs() / (exponent - 23.0).exp2()
    }

    /// The largest distance over every `step`-th f32 from `from` to `to` (both of one sign), and where.
    pub(super) fn worst(
        f: fn(f32) -> f32,
        exact: fn(f64) -> f64,
        from: f32,
        to: f32,
        step: usize,
    ) -> (f64, f32) {
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
}
