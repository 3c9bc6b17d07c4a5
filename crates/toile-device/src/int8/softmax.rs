//! Probabilities of whole logits, in integers up to the last division, so that every machine has the same bits.

/// Logits are in such parts of 1.
pub const LOGIT_UNITS: i32 = 256;

/// Powers of e as whole numbers over 2^30.
pub struct Powers {
    /// e^-k for whole k.
    pub whole: [u32; 32],
    /// e^-(k / 256).
    pub parts: [u32; 256],
}

/// The tables that probabilities are made of.
pub static POWERS: std::sync::LazyLock<Powers> = std::sync::LazyLock::new(|| {
    let power = |x: f64| (toile_kernels::real::Real::exp(-x) * f64::from(1 << 30)).round() as u32;
    Powers {
        whole: std::array::from_fn(|k| power(k as f64)),
        parts: std::array::from_fn(|k| power(k as f64 / f64::from(LOGIT_UNITS))),
    }
});

/// e^-(distance / 256) over 2^30; 0 from e^-32 on.
fn power(distance: i64) -> u64 {
    let whole = distance / i64::from(LOGIT_UNITS);
    if whole >= POWERS.whole.len() as i64 {
        return 0;
    }
    let part = POWERS.parts[(distance % i64::from(LOGIT_UNITS)) as usize];
    (u64::from(POWERS.whole[whole as usize]) * u64::from(part)) >> 30
}

/// A probability a class.
pub fn probabilities(logits: &[i32]) -> Vec<f32> {
    let largest = logits.iter().copied().max().unwrap_or(0);
    let powers: Vec<u64> = logits.iter().map(|&logit| power(i64::from(largest) - i64::from(logit))).collect();
    let sum: u64 = powers.iter().sum();
    powers.iter().map(|&power| power as f32 / sum as f32).collect()
}

/// The logarithms of the probabilities, without the rounding of the powers.
pub fn log_probabilities(logits: &[i32]) -> Vec<f32> {
    let largest = logits.iter().copied().max().unwrap_or(0);
    let real = |logit: i32| (f64::from(logit) - f64::from(largest)) / f64::from(LOGIT_UNITS);
    let sum: f64 = logits.iter().map(|&logit| toile_kernels::real::Real::exp(real(logit))).sum();
    let less = toile_kernels::real::Real::ln(sum);
    logits.iter().map(|&logit| (real(logit) - less) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_the_exponentials_of_their_logarithms() {
        for logits in [vec![0, 256, -1024], vec![5; 4], vec![0, 3000, 20_000], vec![i32::MIN, i32::MAX]] {
            let (found, logs) = (probabilities(&logits), log_probabilities(&logits));
            for (found, log) in found.iter().zip(logs) {
                assert!((f64::from(*found) - f64::from(log).exp()).abs() < 1e-6, "{logits:?}");
            }
        }
        assert_eq!((POWERS.whole[0], POWERS.parts[0], POWERS.whole[1]), (1 << 30, 1 << 30, 395_007_542));
    }
}
