//! How fast a run goes, and how long the rest of it will take.

use std::time::Instant;

use toile_data::Dataset;
use toile_nn::engine::EngineError;
use toile_nn::executor::StepSettings;
use toile_pixels::Normalizer;

use super::evaluate;
use super::executors::{Executors, Setup};
use crate::images::{Images, TrainingBatch};

/// What was measured so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Pace {
    pub(super) train_images: u64,
    pub(super) train_seconds: f64,
    pub(super) evaluated_images: u64,
    pub(super) evaluation_seconds: f64,
}

/// Images still to go through the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) train_images: u64,
    pub(super) evaluated_images: u64,
}

impl Pace {
    /// Training images a second; 0 before the first.
    pub(super) fn images_per_second(&self) -> f64 {
        if self.train_seconds > 0.0 { self.train_images as f64 / self.train_seconds } else { 0.0 }
    }

    /// How long the work takes. Before the first evaluation an image is taken to need a third of a
    /// training step's time: forward without backward.
    pub(super) fn seconds(&self, work: Work) -> f64 {
        let per = |seconds: f64, images: u64| if images > 0 { seconds / images as f64 } else { 0.0 };
        let training = per(self.train_seconds, self.train_images);
        let evaluation = match self.evaluated_images {
            0 => training / 3.0,
            images => per(self.evaluation_seconds, images),
        };
        training * work.train_images as f64 + evaluation * work.evaluated_images as f64
    }
}

/// Measured steps are over after this many, or after this long.
const STEPS_MAX: u32 = 4;
const SECONDS_MAX: f64 = 0.3;

/// A few steps and a few evaluated images on an executor that is thrown away.
pub(super) fn warm_up(
    executors: &Executors<'_>,
    setup: Setup<'_>,
    (dataset, normalizer): (&Dataset, &Normalizer),
    mut batch: TrainingBatch,
    learning_rate: f64,
) -> Result<Pace, EngineError> {
    let indices: Vec<u32> = (0..setup.batch_size.min(dataset.len()) as u32).collect();
    let mut executor = executors(setup)?.executor;
    let images = Images { dataset, indices: &indices, normalizer };
    let mut step = || {
        batch.step((images, &indices), StepSettings { epoch: 0, learning_rate }, &mut *executor);
    };
    // The first one fills caches and wakes threads.
    step();
    let mut pace = Pace::default();
    let start = Instant::now();
    for _ in 0..STEPS_MAX {
        step();
        pace.train_images += indices.len() as u64;
        pace.train_seconds = start.elapsed().as_secs_f64();
        if pace.train_seconds > SECONDS_MAX {
            break;
        }
    }
    let start = Instant::now();
    evaluate::log_probabilities(&mut *executor, images, None, &|| false);
    pace.evaluated_images = indices.len() as u64;
    pace.evaluation_seconds = start.elapsed().as_secs_f64();
    Ok(pace)
}

/// When the last of several workers is done that take the jobs in this order, each as soon as it is free.
pub(super) fn makespan(seconds: &[f64], workers: usize) -> f64 {
    let mut busy_until = vec![0.0f64; workers.max(1)];
    for job in seconds {
        let first_free = busy_until.iter_mut().min_by(|a, b| a.total_cmp(b)).expect("at least one worker");
        *first_free += job;
    }
    busy_until.into_iter().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_take_the_next_job_when_free() {
        for (jobs, workers, expected) in [
            (&[][..], 2, 0.0),
            (&[4.0, 2.0, 1.0], 1, 7.0),
            (&[4.0, 2.0, 1.0], 2, 4.0),
            (&[4.0, 3.0, 2.0], 2, 5.0),
            (&[1.0], 8, 1.0),
        ] {
            assert_eq!(makespan(jobs, workers), expected, "{jobs:?} with {workers}");
        }
    }

    #[test]
    fn the_rest_is_estimated_from_what_was_measured() {
        let mut pace = Pace { train_images: 100, train_seconds: 2.0, ..Default::default() };
        let work = Work { train_images: 50, evaluated_images: 300 };
        assert_eq!(pace.images_per_second(), 50.0);
        assert!((pace.seconds(work) - (1.0 + 2.0)).abs() < 1e-12);
        (pace.evaluated_images, pace.evaluation_seconds) = (100, 0.5);
        assert!((pace.seconds(work) - (1.0 + 1.5)).abs() < 1e-12);
    }
}
