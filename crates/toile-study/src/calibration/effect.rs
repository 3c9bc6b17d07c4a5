//! What temperatures do on test images, or whole numbers in the place of floats, over the seeds.

use serde::Serialize;
use toile_statistics::{Estimate, Scope, contrast, difference};

use crate::evidence::outcomes::RunOutcomes;
use crate::evidence::samples::sample;
use crate::evidence::{Interval, Metric};

/// The level of the intervals.
const ALPHA: f64 = 0.05;

/// A metric before and after.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeasuredEffect {
    /// Of the networks as they were trained, the mean over the seeds.
    pub before: Figure,
    /// At the temperature of each run, or of its int8 network.
    pub after: Figure,
    /// What the second has more.
    pub change: Figure,
}

/// A figure with its interval at 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// In the metric's unit.
    pub value: f64,
    /// For other seeds and images; with one seed for this network on other images. `None` where there are too few images.
    pub interval: Option<Interval>,
}

/// Runs before and after, over the same seeds and images.
#[derive(Clone, Copy, Debug)]
pub struct BeforeAfter<'a> {
    /// Of the networks as they were trained.
    pub before: &'a [RunOutcomes],
    /// At the temperature of each run, or of its int8 network.
    pub after: &'a [RunOutcomes],
    /// Class of each image.
    pub labels: &'a [u32],
    /// How many classes there are.
    pub classes: usize,
}

/// What becomes of this metric; `None` without two images.
pub fn effect(metric: Metric, of: BeforeAfter<'_>) -> Option<MeasuredEffect> {
    let sample_of = |runs| sample(metric, runs, of.labels, of.classes).ok();
    let (before, after) = (sample_of(of.before)?, sample_of(of.after)?);
    let figure = |found: Estimate, range: [f64; 2]| {
        let toile_statistics::Interval { low, high } = found.interval(ALPHA);
        let interval = Interval { low, high, confidence: 1.0 - ALPHA }.within(range);
        Figure { value: found.value, interval: (low.is_finite() && high.is_finite()).then_some(interval) }
    };
    let range = metric.range();
    Some(MeasuredEffect {
        before: figure(contrast(&[(1.0, &before)]).ok()?, range),
        after: figure(contrast(&[(1.0, &after)]).ok()?, range),
        change: figure(difference(&before, &after).ok()?, metric.change_range()),
    })
}

/// Whether intervals over so many runs speak of other seeds too.
pub fn is_over_seeds(of: BeforeAfter<'_>) -> bool {
    let sample = sample(Metric::Nll, of.before, of.labels, of.classes).ok();
    sample
        .and_then(|sample| contrast(&[(1.0, &sample)]).ok())
        .is_some_and(|found| found.scope == Scope::Recipes)
}
