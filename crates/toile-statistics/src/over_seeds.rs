//! One figure over several seeds.

use crate::Interval;
use crate::distributions::student_two_sided;

/// Mean and spread of a figure over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverSeeds {
    /// How many seeds.
    pub seeds: usize,
    /// Their mean.
    pub mean: f64,
    /// Sample standard deviation, with seeds - 1 below; `None` for one seed.
    pub deviation: Option<f64>,
}

/// Reads mean and deviation; `None` without a value or with one that is not finite.
pub fn over_seeds(values: &[f64]) -> Option<OverSeeds> {
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let deviation = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
    Some(OverSeeds { seeds: values.len(), mean, deviation })
}

impl OverSeeds {
    /// Student's interval at level 1 - alpha for the mean over further seeds, on the same test images; `None`
    /// for one seed.
    pub fn interval(&self, alpha: f64) -> Option<Interval> {
        let (n, deviation) = (self.seeds as f64, self.deviation?);
        let half = student_two_sided(alpha, n - 1.0) * deviation / n.sqrt();
        Some(Interval { low: self.mean - half, high: self.mean + half })
    }
}
