//! What each unit of a study's work will take, before any of them is done.

use serde::Serialize;
use toile_store::{Position, RunFolder};

use super::data::Data;
use super::error::RunError;
use super::executors::Executors;
use super::job::Job;
use super::options::Options;
use super::pace::Pace;
use super::plan::{self, Fitting};
use super::start::start;
use super::units::{WorkUnit, units};
use crate::study::{Model, Study};

/// What a unit will take.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitCost {
    /// Which.
    #[serde(flatten)]
    pub unit: WorkUnit,
    /// Those of its runs that are over.
    pub done: usize,
    /// Seconds that the others take, about: measured on a few steps of each model, with the threads that are asked for.
    pub seconds: f64,
}

/// A model whose pace was measured.
struct Measured<'a> {
    model: &'a Model,
    /// A run of it of which nothing is done; those with other seeds are as long.
    job: Job<'a>,
    pace: Pace,
}

/// What each unit will take now. Trains a few steps of each model that has something to do and keeps nothing of them.
///
/// # Errors
/// Whatever would keep the study from running, but for runs that are unfinished: those are gone on with.
pub fn unit_costs(
    study: &Study,
    data: Data<'_>,
    options: &Options,
    executors: &Executors<'_>,
) -> Result<Vec<UnitCost>, RunError> {
    let data = data.of(study);
    let models = plan::select(study, options.models.as_deref())?;
    let mut measured: Vec<Measured<'_>> = Vec::new();
    let mut costs = Vec::new();
    for unit in units(&models, &study.seeds) {
        let (mut done, mut seconds, mut trained) = (0, 0.0, 0);
        for run in &unit.runs {
            let model =
                models.iter().find(|model| model.name == run.model).expect("units are of these models");
            let folder = RunFolder::new(&options.out, &run.model, run.seed);
            let Some(mut position) = start(model, &folder, data, true)?.position() else {
                (done, trained) = (done + 1, model.recipe.epochs);
                continue;
            };
            // It goes on from the end of the run before it.
            if position == Position::default() {
                position.epoch = trained;
            }
            trained = model.recipe.epochs;
            if !measured.iter().any(|known| known.model.name == model.name) {
                measured.push(measure(study, model, &folder, data, options, executors)?);
            }
            let known = measured.iter().find(|known| known.model.name == model.name).expect("just measured");
            seconds += known.pace.seconds(known.job.work_left(&position));
        }
        costs.push(UnitCost { unit, done, seconds });
    }
    Ok(costs)
}

fn measure<'a>(
    study: &'a Study,
    model: &'a Model,
    folder: &RunFolder,
    data: Data<'_>,
    options: &Options,
    executors: &Executors<'_>,
) -> Result<Measured<'a>, RunError> {
    let job = Fitting::new(study, model, data)?.job(folder.clone(), data)?;
    let threads = options.threads.unwrap_or(1);
    // A few steps: nothing is evaluated.
    job.setup(threads).check_room(&model.name, 0, "its pace to be measured")?;
    let pace = job.pace(threads, data, executors)?;
    Ok(Measured { model, job, pace })
}
