//! Standard normal numbers by place, quickly.

use toile_kernels::random::philox4x32_10;

/// A normal distribution in 65,536 equally probable steps: Φ⁻¹((n + 1/2) / 65536). Its variance is that of
/// the normal one to 1e-4; it has no values beyond 4.3.
pub(crate) struct Normals(Vec<f32>);

impl Normals {
    pub(crate) fn new() -> Normals {
        const STEPS: usize = 1 << 16;
        let mut table = vec![0.0; STEPS];
        // Φ grows with x: one walk over x finds all steps' quantiles, between points a Newton step apart.
        let mut x = -4.5f64;
        for (n, value) in table.iter_mut().enumerate() {
            let wanted = (n as f64 + 0.5) / STEPS as f64;
            for _ in 0..8 {
                x += ((wanted - below(x)) / density(x)).clamp(-0.5, 0.5);
            }
            *value = x as f32;
        }
        Normals(table)
    }

    /// Fills `out` with the numbers of this place. Different places are independent.
    pub(crate) fn fill(&self, key: [u32; 2], place: [u32; 3], out: &mut [f32]) {
        for (block, out) in out.chunks_mut(8).enumerate() {
            let words = philox4x32_10([block as u32, place[0], place[1], place[2]], key);
            for (i, out) in out.iter_mut().enumerate() {
                let word = words[i / 2];
                *out = self.0[(if i % 2 == 0 { word >> 16 } else { word & 0xffff }) as usize];
            }
        }
    }

    /// The first number of a place.
    pub(crate) fn one(&self, key: [u32; 2], place: [u32; 3]) -> f64 {
        let mut out = [0.0];
        self.fill(key, place, &mut out);
        f64::from(out[0])
    }
}

/// Φ(x).
pub(crate) fn below(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// Φ⁻¹(p) by halving.
pub(crate) fn quantile(p: f64) -> f64 {
    halve(-10.0, 10.0, |x| below(x) < p)
}

/// P(X <= h, Y <= k) of two standard normal numbers with correlation `r`: Φ(h) Φ(k) plus the integral of
/// their joint density over the correlation from 0 to r (Plackett 1954, Biometrika 41, 351), over its
/// arcsine, where the integrand is smooth; by Simpson's rule.
pub(crate) fn both_below(h: f64, k: f64, r: f64) -> f64 {
    const STEPS: usize = 200;
    // At ±1 itself the integrand is 0/0.
    let end = r.clamp(-1.0 + 1e-9, 1.0 - 1e-9).asin();
    let integrand = |angle: f64| {
        let (sin, cos) = angle.sin_cos();
        let cos2 = cos * cos;
        (-(h * h + k * k - 2.0 * h * k * sin) / (2.0 * cos2)).exp() / (2.0 * std::f64::consts::PI)
    };
    let step = end / STEPS as f64;
    let sum: f64 = (0..=STEPS)
        .map(|i| {
            let weight = if i == 0 || i == STEPS { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 };
            weight * integrand(i as f64 * step)
        })
        .sum();
    below(h) * below(k) + sum * step / 3.0
}

/// Where `is_low` turns from true to false.
pub(crate) fn halve(mut low: f64, mut high: f64, is_low: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if is_low(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_normal() {
        let table = Normals::new().0;
        let moment =
            |power: i32| table.iter().map(|&x| f64::from(x).powi(power)).sum::<f64>() / table.len() as f64;
        assert!(moment(1).abs() < 1e-6);
        assert!((moment(2) - 1.0).abs() < 1e-4);
        assert!((moment(4) - 3.0).abs() < 5e-3);
    }

    #[test]
    fn two_correlated_numbers() {
        // P(both <= 0) = 1/4 + asin(r) / 2π (Sheppard 1899).
        for r in [-0.9, -0.3, 0.0, 0.5, 0.99] {
            let expected = 0.25 + f64::asin(r) / (2.0 * std::f64::consts::PI);
            assert!((both_below(0.0, 0.0, r) - expected).abs() < 1e-9, "{r}");
        }
        assert!((both_below(0.7, 0.7, 1.0) - below(0.7)).abs() < 1e-5);
        assert!((both_below(0.7, -1.2, 0.0) - below(0.7) * below(-1.2)).abs() < 1e-15);
    }
}
