//! Figures and matrices of several seeds as one: the only place where seeds are averaged for a reader.

use toile_study::metrics::is_square;
use toile_study::results::{ModelResults, RunResults, RunStatus};

/// What several seeds make of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverSeeds {
    /// Finite values.
    pub seeds: usize,
    /// Their mean.
    pub mean: f64,
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
}

impl OverSeeds {
    /// Of the finite ones of these; `None` without one.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        // The mean of equal values can miss them by a bit.
        let mean = mean.clamp(low.min(high), high.max(low));
        (!values.is_empty()).then_some(OverSeeds { seeds: values.len(), mean, low, high })
    }
}

/// Whether a run is part of the mean of its model's curves: a finished one, or the only one.
pub fn is_averaged(model: &ModelResults, run: &RunResults) -> bool {
    model.runs.len() == 1 || run.status == RunStatus::Finished
}

/// The matrices of the finished runs, as (seed, matrix), where they fit the classes.
pub fn matrices(model: &ModelResults, classes: usize) -> Vec<(u64, &Vec<Vec<u64>>)> {
    let runs = model.runs.iter().filter(|run| run.status == RunStatus::Finished);
    let fits = |m: &&Vec<Vec<u64>>| m.len() == classes && is_square(m);
    runs.filter_map(|run| Some((run.seed, &run.evaluation.as_ref()?.confusion)))
        .filter(|(_, matrix)| fits(matrix))
        .collect()
}

/// Their mean, cell by cell: exact up to the last division.
pub fn mean_matrix(matrices: &[(u64, &Vec<Vec<u64>>)]) -> Option<Vec<Vec<f64>>> {
    let classes = matrices.first()?.1.len();
    let cell = |t: usize, p: usize| {
        // Sums of images are whole numbers: the same in any order.
        let sum: u64 = matrices.iter().map(|(_, matrix)| matrix[t][p]).sum();
        sum as f64 / matrices.len() as f64
    };
    Some((0..classes).map(|t| (0..classes).map(|p| cell(t, p)).collect()).collect())
}

/// A matrix of one run as the means are.
pub fn as_numbers(matrix: &[Vec<u64>]) -> Vec<Vec<f64>> {
    matrix.iter().map(|row| row.iter().map(|images| *images as f64).collect()).collect()
}
