//! One figure over several seeds: the only place where seeds become one number.

use crate::Interval;
use crate::distributions::student_two_sided;

/// Mean, range and spread of a figure over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverSeeds {
    /// How many values.
    pub seeds: usize,
    /// Their mean, which is that of [`mean`] to the bit: where all values are equal, rounding can put it a bit outside
    /// of them.
    pub mean: f64,
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
    /// Sample standard deviation, with seeds - 1 below; `None` for one seed.
    pub deviation: Option<f64>,
}

/// The mean, added in the order of the values. It is as finite as they are, and not a number without one.
pub fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut number = 0u64;
    let sum: f64 = values.into_iter().inspect(|_| number += 1).sum();
    sum / number as f64
}

impl OverSeeds {
    /// Of all values; `None` without one, or with one that is not finite.
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let n = values.len() as f64;
        let mean = mean(values.iter().copied());
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let deviation = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
        let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        Some(OverSeeds { seeds: values.len(), mean, low, high, deviation })
    }

    /// Of the finite ones of these; `None` without one.
    pub fn of_finite(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        OverSeeds::of(&values)
    }

    /// The mean as drawings and the tables behind them have it, beside the lowest and the highest: never outside of
    /// them.
    pub fn mean_in_range(&self) -> f64 {
        self.mean.clamp(self.low, self.high)
    }

    /// Student's interval at level 1 - alpha for the mean over further seeds, on the same test images; `None`
    /// for one seed.
    pub fn interval(&self, alpha: f64) -> Option<Interval> {
        let (n, deviation) = (self.seeds as f64, self.deviation?);
        let half = student_two_sided(alpha, n - 1.0) * deviation / n.sqrt();
        Some(Interval { low: self.mean - half, high: self.mean + half })
    }
}
