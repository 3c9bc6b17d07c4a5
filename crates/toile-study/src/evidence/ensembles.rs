//! Runs that answer together: the mean of their probabilities as one run's outcomes.

use toile_nn::largest::first_largest;
use toile_store::{StoreError, StoredRun};

use super::outcomes::RunOutcomes;
use super::samples::sample;
use super::{Metric, outcomes};
use crate::mean_answer::{Weighed, mean_answer};
use crate::results::{EnsembleGroup, EnsembleResults};

/// What finished runs make of every image together, as one run that counts as of this seed; `None` where one has no
/// predictions. The negative log likelihood is that of the mean of the probabilities, from the exact log-probabilities of
/// the true class; which class is most probable is told from the probabilities as `predictions.csv` has them.
///
/// # Errors
/// Files that are damaged, or are of other images or classes than the first.
pub fn together(runs: &[StoredRun], seed: u64) -> Result<Option<(Vec<u32>, RunOutcomes)>, StoreError> {
    let (mut losses, mut sums, mut labels, mut classes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for run in runs {
        let Some(known) = run.probabilities()? else { return Ok(None) };
        let Some((_, own)) = outcomes::read(run, &known.class_names)? else { return Ok(None) };
        if sums.is_empty() {
            (labels, classes) = (known.labels, known.class_names);
            sums = vec![0.0f64; known.probabilities.len()];
        } else if labels != known.labels || classes != known.class_names {
            let problem = "its images or classes are not those of the runs that it answers with";
            let remedy = "leave it out of the ensemble, or run the study again";
            return Err(StoreError::damaged(&run.folder.predictions(), problem, remedy));
        }
        for (sum, &probability) in sums.iter_mut().zip(&known.probabilities) {
            *sum += f64::from(probability);
        }
        losses.push(own.nll.iter().map(|loss| -loss as f32).collect::<Vec<f32>>());
    }
    let each: Vec<Weighed<'_>> =
        losses.iter().map(|log_probabilities| Weighed { weight: 1, log_probabilities }).collect();
    let mut of_true = vec![0.0; labels.len()];
    mean_answer(&each, &mut of_true);
    let (mut predictions, mut confidence) = (Vec::new(), Vec::new());
    for row in sums.chunks_exact(classes.len().max(1)) {
        let class = first_largest(row);
        predictions.push(class as u32);
        confidence.push((row[class] / runs.len() as f64) as f32);
    }
    let nll = of_true.iter().map(|&value| -f64::from(value)).collect();
    Ok(Some((labels, RunOutcomes { seed, predictions, confidence, nll, folds: Vec::new() })))
}

/// Fills in the figures of its groups, which are those of these outcomes, in their order.
pub fn measure(of: &mut EnsembleResults, runs: &[RunOutcomes], labels: &[u32], classes: usize) {
    let figures = |metric| sample(metric, runs, labels, classes).map(|of| of.per_seed().to_vec()).ok();
    let [accuracy, nll, f1, ece] =
        [Metric::AccuracyTop1, Metric::Nll, Metric::F1Macro, Metric::Ece].map(figures);
    let at = |figures: &Option<Vec<f64>>, place: usize| figures.as_ref().map(|values| values[place]);
    for (place, run) in runs.iter().enumerate() {
        let Some(group) = of.groups.iter_mut().find(|group| group.seed == run.seed) else { continue };
        *group = EnsembleGroup {
            accuracy_top1: at(&accuracy, place),
            nll: at(&nll, place),
            f1_macro: at(&f1, place),
            ece: at(&ece, place),
            ..group.clone()
        };
    }
}
