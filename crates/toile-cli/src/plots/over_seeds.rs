//! Figures and matrices of several seeds as one.

use toile_study::results::ModelResults;

/// What several seeds make of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OverSeeds {
    /// Finite values.
    pub(super) seeds: usize,
    pub(super) mean: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl OverSeeds {
    /// Of the finite ones of these; `None` without one.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        // The mean of equal values can miss them by a bit.
        let mean = mean.clamp(low.min(high), high.max(low));
        (!values.is_empty()).then_some(OverSeeds { seeds: values.len(), mean, low, high })
    }
}

/// The mean over the runs that were tested, with their number; `None` without one that fits the classes.
pub(super) fn mean_confusion(model: &ModelResults, classes: usize) -> Option<(usize, Vec<Vec<f64>>)> {
    let evaluations = model.runs.iter().filter_map(|run| run.evaluation.as_ref());
    let matrices: Vec<&Vec<Vec<u64>>> = evaluations
        .map(|evaluation| &evaluation.confusion)
        .filter(|matrix| matrix.len() == classes && matrix.iter().all(|row| row.len() == classes))
        .collect();
    let mean = |truth: usize, called: usize| {
        // Sums of images are whole numbers: the same in any order.
        let sum: u64 = matrices.iter().map(|matrix| matrix[truth][called]).sum();
        sum as f64 / matrices.len() as f64
    };
    let row = |truth| (0..classes).map(|called| mean(truth, called)).collect();
    (!matrices.is_empty()).then(|| (matrices.len(), (0..classes).map(row).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_not_finite_count_in_no_mean() {
        let found = OverSeeds::of([1.0, f64::NAN, 3.0, f64::INFINITY]);
        assert_eq!(found, Some(OverSeeds { seeds: 2, mean: 2.0, low: 1.0, high: 3.0 }));
        assert_eq!(OverSeeds::of([f64::NAN]), None);
        assert_eq!(OverSeeds::of([]), None);
    }
}
