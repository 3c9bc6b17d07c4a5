//! A model's runs as the statistics take them.

use toile_statistics::{Sample, SampleError};

use super::metric::Metric;
use super::outcomes::{self, RunOutcomes};

/// What the runs did with each test image, measured by this metric.
///
/// # Errors
/// No run, fewer than two images, runs over other images, a seed that is there twice.
pub fn sample(
    metric: Metric,
    runs: &[RunOutcomes],
    labels: &[u32],
    classes: usize,
) -> Result<Sample, SampleError> {
    let whole = whole_sample(metric, runs, labels, classes)?;
    in_folds(whole, runs)
}

/// The sample with the folds of the runs, where they are repeats of a cross-validation.
///
/// # Errors
/// Runs with folds beside runs without.
fn in_folds(sample: Sample, runs: &[RunOutcomes]) -> Result<Sample, SampleError> {
    let Some(folds) = outcomes::folds(runs) else { return Ok(sample) };
    let of: Vec<(u64, &[u32])> = runs.iter().map(|run| (run.seed, &run.folds[..])).collect();
    sample.in_folds(folds as usize, &of)
}

fn whole_sample(
    metric: Metric,
    runs: &[RunOutcomes],
    labels: &[u32],
    classes: usize,
) -> Result<Sample, SampleError> {
    let seeds: Vec<u64> = runs.iter().map(|run| run.seed).collect();
    let correct = || runs.iter().map(|run| run.correct(labels)).collect::<Vec<_>>();
    match metric {
        Metric::AccuracyTop1 => Sample::of_correctness(&seeds, &correct()),
        Metric::Nll => {
            let losses: Vec<Vec<f64>> = runs.iter().map(|run| run.nll.clone()).collect();
            Sample::of_means(&seeds, &losses)
        }
        Metric::F1Macro => {
            let places = |list: &[u32]| list.iter().map(|&class| class as usize).collect::<Vec<_>>();
            let predictions: Vec<_> = runs.iter().map(|run| places(&run.predictions)).collect();
            Sample::of_f1_macro(&seeds, classes, &places(labels), &predictions)
        }
        Metric::Ece => {
            let confidence: Vec<Vec<f64>> =
                runs.iter().map(|run| run.confidence.iter().map(|&p| f64::from(p)).collect()).collect();
            Sample::of_ece(&seeds, &confidence, &correct())
        }
    }
}
