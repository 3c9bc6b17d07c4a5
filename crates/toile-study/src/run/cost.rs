//! What runs will cost, before any of them starts.

use super::data::Data;
use super::error::RunError;
use super::executors::Executors;
use super::jobs::{self, Prepared};
use super::options::Options;
use super::plan;
use crate::study::Study;

/// What there is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Runs to do, those that are to be gone on with included.
    pub runs: usize,
    /// Runs found finished or diverged.
    pub already_done: usize,
    /// Trainings that the runs to do come to: one that goes on from the end of another is part of it.
    pub trainings: usize,
    /// Trainings at the same time.
    pub jobs: usize,
    /// Threads of each.
    pub threads: usize,
    /// How long all will take, about: measured on a few steps of each model.
    pub seconds: f64,
}

/// What the study would cost now. Trains a few steps of each model and keeps nothing of them.
///
/// # Errors
/// Whatever would keep the study from running, but for runs that are unfinished: those count as gone on with.
pub fn cost(
    study: &Study,
    data: Data<'_>,
    options: &Options,
    executors: &Executors<'_>,
) -> Result<Cost, RunError> {
    let options = Options { resume: true, ..options.clone() };
    let data = data.of(study);
    let models = plan::select(study, options.models.as_deref())?;
    let (todo, already_done) = plan::plan(study, &models, data, &options)?;
    let runs = todo.len();
    if runs == 0 {
        return Ok(Cost { already_done, ..Cost::default() });
    }
    let Prepared { chains, workers, threads, estimated_seconds, .. } =
        jobs::prepare(todo, 0, data, &options, executors)?;
    Ok(Cost {
        runs,
        already_done,
        trainings: chains.len(),
        jobs: workers,
        threads,
        seconds: estimated_seconds,
    })
}
