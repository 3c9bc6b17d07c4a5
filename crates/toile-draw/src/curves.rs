//! Loss and accuracy of every model over the epochs, with what its seeds make of them.

use std::collections::BTreeSet;

use toile_statistics::OverSeeds;
use toile_study::results::{EpochRow, ModelResults, RunResults, RunStatus};

/// What is measured after an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The mean loss.
    Loss,
    /// The share of images that are right.
    Accuracy,
}

/// On which images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Images {
    /// Those trained on, as training saw them.
    Training,
    /// Those held out of training.
    Validation,
    /// Those of the test, after the epoch.
    Test,
}

impl Measure {
    /// In the order of the charts.
    pub const ALL: [Measure; 2] = [Measure::Loss, Measure::Accuracy];
}

impl Images {
    /// In the order of a legend.
    pub const ALL: [Images; 3] = [Images::Training, Images::Validation, Images::Test];

    /// As a legend says it.
    pub fn name(self) -> &'static str {
        match self {
            Images::Training => "training",
            Images::Validation => "validation",
            Images::Test => "evaluation",
        }
    }
}

/// The column of `results.csv`: `test_accuracy`.
pub fn column(images: Images, measure: Measure) -> &'static str {
    match (images, measure) {
        (Images::Training, Measure::Loss) => "train_loss",
        (Images::Training, Measure::Accuracy) => "train_accuracy",
        (Images::Validation, Measure::Loss) => "validation_loss",
        (Images::Validation, Measure::Accuracy) => "validation_accuracy",
        (Images::Test, Measure::Loss) => "test_loss",
        (Images::Test, Measure::Accuracy) => "test_accuracy",
    }
}

fn value(row: &EpochRow, images: Images, measure: Measure) -> Option<f64> {
    match (images, measure) {
        (Images::Training, Measure::Loss) => Some(row.train_loss),
        (Images::Training, Measure::Accuracy) => Some(row.train_accuracy),
        (Images::Validation, Measure::Loss) => row.validation_loss,
        (Images::Validation, Measure::Accuracy) => row.validation_accuracy,
        (Images::Test, Measure::Loss) => row.test_loss,
        (Images::Test, Measure::Accuracy) => row.test_accuracy,
    }
}

/// One line: a measure on some images, over a model's seeds.
pub struct Curve {
    /// On which images.
    pub images: Images,
    /// What is measured.
    pub measure: Measure,
    /// From epoch 1.
    pub points: Vec<Point>,
    /// Runs that are no part of the mean, under way or diverged.
    pub others: Vec<Single>,
}

/// A run by itself.
pub struct Single {
    /// Its seed.
    pub seed: u64,
    /// Its finite values as (epoch, value), one or more.
    pub points: Vec<(u32, f64)>,
}

/// An epoch of it.
pub struct Point {
    /// From 1.
    pub epoch: u32,
    /// As (seed, value), of the runs that came so far, in their order; values may be infinite or not a number.
    pub per_seed: Vec<(u64, f64)>,
    /// Of the finite values of the runs in the mean; absent without one.
    pub over_seeds: Option<OverSeeds>,
}

/// The epochs of a run.
pub struct RunEpochs<'a> {
    /// Its seed.
    pub seed: u64,
    /// From epoch 1.
    pub epochs: &'a [EpochRow],
    /// Whether it is part of the mean.
    pub averaged: bool,
}

/// The curves that hold a value, of the runs of one model.
pub fn curves(runs: &[RunEpochs]) -> Vec<Curve> {
    let epochs: BTreeSet<u32> = runs.iter().flat_map(|run| run.epochs.iter().map(|row| row.epoch)).collect();
    let mut curves = Vec::new();
    for measure in Measure::ALL {
        for images in Images::ALL {
            let points = epochs.iter().map(|epoch| point(runs, *epoch, images, measure));
            let points: Vec<Point> = points.filter(|point| !point.per_seed.is_empty()).collect();
            if !points.is_empty() {
                let others = runs.iter().filter(|run| !run.averaged);
                let others =
                    others.map(|run| by_itself(run, images, measure)).filter(|line| !line.points.is_empty());
                curves.push(Curve { images, measure, points, others: others.collect() });
            }
        }
    }
    curves
}

fn point(runs: &[RunEpochs], epoch: u32, images: Images, measure: Measure) -> Point {
    let of_run = |run: &RunEpochs| {
        let row = run.epochs.iter().find(|row| row.epoch == epoch)?;
        value(row, images, measure)
    };
    let per_seed = runs.iter().filter_map(|run| Some((run.seed, of_run(run)?))).collect();
    let over_seeds = OverSeeds::of_finite(runs.iter().filter(|run| run.averaged).filter_map(of_run));
    Point { epoch, per_seed, over_seeds }
}

fn by_itself(run: &RunEpochs, images: Images, measure: Measure) -> Single {
    let values = run.epochs.iter().filter_map(|row| Some((row.epoch, value(row, images, measure)?)));
    Single { seed: run.seed, points: values.filter(|(_, value)| value.is_finite()).collect() }
}

/// Whether a run is part of the mean of its model's curves: a finished one, or the only one.
fn is_averaged(model: &ModelResults, run: &RunResults) -> bool {
    model.runs.len() == 1 || run.status == RunStatus::Finished
}

/// The epochs of each of a model's runs; the mean is that of the report's curves.
pub fn run_epochs(model: &ModelResults) -> Vec<RunEpochs<'_>> {
    let of_run = |run| is_averaged(model, run);
    let runs = model.runs.iter();
    runs.map(|run| RunEpochs { seed: run.seed, epochs: &run.epochs, averaged: of_run(run) }).collect()
}
