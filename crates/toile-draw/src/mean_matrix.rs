//! The confusion matrices of several seeds as one.

use toile_study::results::{ConfusionMatrix, ModelResults, RunStatus};

/// The matrices of the finished runs, as (seed, matrix), where they fit the classes.
pub fn matrices(model: &ModelResults, classes: usize) -> Vec<(u64, &ConfusionMatrix)> {
    let runs = model.runs.iter().filter(|run| run.status == RunStatus::Finished);
    runs.filter_map(|run| Some((run.seed, &run.evaluation.as_ref()?.confusion)))
        .filter(|(_, matrix)| matrix.classes() == classes)
        .collect()
}

/// The mean of some matrices.
#[derive(Clone, Debug, PartialEq)]
pub struct MeanMatrix {
    /// Sums of images are whole numbers: the same in any order.
    sum: ConfusionMatrix,
    runs: usize,
}

impl MeanMatrix {
    /// Of these; `None` without one.
    pub fn of(matrices: &[(u64, &ConfusionMatrix)]) -> Option<MeanMatrix> {
        let (first, others) = matrices.split_first()?;
        let mut sum = first.1.clone();
        for (truth, predicted, images) in others.iter().flat_map(|(_, matrix)| matrix.cells()) {
            sum.add(truth, predicted, images);
        }
        Some(MeanMatrix { sum, runs: matrices.len() })
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.sum.classes()
    }

    /// Mean images of a cell.
    pub fn at(&self, truth: usize, predicted: usize) -> f64 {
        self.sum.at(truth, predicted) as f64 / self.runs as f64
    }

    /// Mean images of a class.
    pub fn support(&self, truth: usize) -> f64 {
        self.sum.row(truth).iter().fold(0.0, |sum, (_, images)| sum + *images as f64 / self.runs as f64)
    }

    /// The images of all runs together.
    pub fn sum(&self) -> &ConfusionMatrix {
        &self.sum
    }
}

impl From<ConfusionMatrix> for MeanMatrix {
    fn from(sum: ConfusionMatrix) -> MeanMatrix {
        MeanMatrix { sum, runs: 1 }
    }
}
