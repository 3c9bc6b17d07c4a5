//! A part of a study, done by one process of several that share its folder: its runs and nothing above them, which
//! whoever gathers them writes.

use toile_store::RunId;

use super::collect::before;
use super::error::ConductError;
use super::renderer::Renderer;
use super::study::StudyHooks;
use super::work_plan::WorkPlan;
use crate::run::hooks::RunHooks;
use crate::run::jobs::{self, Done};
use crate::run::{Data, HeldRun, Keeper, Options, RunError, RunView, plan, units};
use crate::study::Study;

/// What came of doing a part of a study.
#[derive(Debug)]
pub struct ShareOutcome {
    /// Its runs.
    pub runs: usize,
    /// Those that were over before.
    pub already_done: usize,
    /// Those that other processes do.
    pub held: Vec<HeldRun>,
    /// Whether some runs were stopped at a checkpoint, or not started at all, by request.
    pub interrupted: bool,
    /// Runs that broke off, and why.
    pub failures: Vec<(RunId, RunError)>,
}

/// Draws what belongs to runs, and nothing above them.
pub(super) struct OfRuns<'a>(pub(super) &'a dyn Renderer);

impl Keeper for OfRuns<'_> {
    fn run_files(&self, run: RunView<'_>) -> Vec<(String, Vec<u8>)> {
        self.0.run_files(run)
    }

    fn epoch_done(&self) {}

    fn run_over(&self) -> Result<(), RunError> {
        Ok(())
    }
}

/// Does what is not done yet of the part of a study that `options.share` names. Others may work in the folder.
///
/// # Errors
/// Whatever is found before the first run starts; what breaks a single run is in the [`ShareOutcome`].
pub fn run_share(
    study: &Study,
    data: Data<'_>,
    options: &Options,
    hooks: StudyHooks<'_>,
) -> Result<ShareOutcome, ConductError> {
    let models = plan::select(study, options.models.as_deref())?;
    let data = data.of(study);
    // Before anything is written.
    options.share.of(&units(&models, &study.seeds))?;
    WorkPlan::of(study, &models, data).agree(&options.out)?;
    // What the comparison will ask stands there before any result does, also where others gather it.
    before(study, &options.out)?;
    // What another process left unfinished is gone on with: that is what a part is for.
    let options = Options { resume: true, ..options.clone() };
    let (jobs, already_done) = plan::plan(study, &models, data, &options)?;
    let runs = jobs.len() + already_done;
    let StudyHooks { executors, observer, renderer, stop } = hooks;
    let Done { failures, interrupted, held } = if jobs.is_empty() {
        Done::default()
    } else {
        let keeper = &OfRuns(renderer);
        jobs::run_all(
            jobs,
            already_done,
            data,
            &options,
            RunHooks { executors, observer, keeper, stop },
            None,
        )?
    };
    Ok(ShareOutcome { runs, already_done, held, interrupted, failures })
}
