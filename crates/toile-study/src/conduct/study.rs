//! A study conducted: its runs, what they prove, and the files of its folder.

use std::sync::atomic::AtomicBool;

use toile_store::atomic::WriteError;
use toile_store::claims::remove_dead_workers;
use toile_store::{Receipt, RunFolder, RunId};

use super::collect::{Collected, Collector, When, before};
use super::error::ConductError;
use super::renderer::Renderer;
use super::restore::restore;
use super::work_plan::WorkPlan;
use crate::evidence::comparison::Comparison;
use crate::results::StudyResults;
use crate::run::guard::guarded;
use crate::run::hooks::RunHooks;
use crate::run::jobs::Done;
use crate::run::{Data, Executors, HeldRun, Keeper, Observer, Options, RunError, RunView, Share, jobs, plan};
use crate::study::{Model, Study};

/// Whom a study works with.
#[derive(Clone, Copy)]
pub struct StudyHooks<'a> {
    /// Makes executors.
    pub executors: &'a Executors<'a>,
    /// Told what happens.
    pub observer: &'a dyn Observer,
    /// Draws.
    pub renderer: &'a dyn Renderer,
    /// Set from anywhere to stop all runs at a checkpoint.
    pub stop: &'a AtomicBool,
}

/// What came of running a study.
#[derive(Debug)]
pub struct Outcome {
    /// Everything the study's folder holds now.
    pub results: StudyResults,
    /// Beside them, of the runs that are over, as (model, seed, receipt).
    pub receipts: Vec<(String, u64, Receipt)>,
    /// The models that were asked for against each other, where all of their runs are over.
    pub comparison: Option<Comparison>,
    /// Runs that were asked for and are not over.
    pub missing: Vec<RunId>,
    /// Runs that were started.
    pub started: usize,
    /// Whether some runs were stopped at a checkpoint, or not started at all, by request.
    pub interrupted: bool,
    /// Runs that broke off, and why. The others are not affected.
    pub failures: Vec<(RunId, RunError)>,
    /// Runs that other processes do.
    pub held: Vec<HeldRun>,
    /// What a user should know of the files of earlier runs.
    pub notes: Vec<String>,
    /// Why a file of the study, above those of its runs, could not be written.
    pub unwritten: Option<WriteError>,
}

/// Keeps the study's files up to date while its runs are under way.
struct Kept<'a> {
    collector: &'a Collector<'a>,
    renderer: &'a dyn Renderer,
}

impl Keeper for Kept<'_> {
    fn run_files(&self, run: RunView<'_>) -> Vec<(String, Vec<u8>)> {
        self.renderer.run_files(run)
    }

    fn epoch_done(&self) {
        // What fails, or panics, is tried again when the run is over, and told then.
        let _ = guarded(|| {
            self.collector.refresh(self.renderer);
            Ok(())
        });
    }

    fn run_over(&self) -> Result<(), RunError> {
        self.collector.after_a_run(self.renderer).map_err(|error| RunError::Kept(error.into()))
    }
}

/// Runs what of a study is not done yet.
///
/// # Errors
/// Whatever is found before the first run starts; what breaks a single run is in the [`Outcome`].
pub fn run(
    study: &Study,
    data: Data<'_>,
    options: &Options,
    hooks: StudyHooks<'_>,
) -> Result<Outcome, ConductError> {
    let models = plan::select(study, options.models.as_deref())?;
    let data = data.of(study);
    check_gathered(study, &models, data, options)?;
    let _lock = jobs::lock(&options.out)?;
    let (jobs, already_done) = plan::plan(study, &models, data, options)?;
    before(study, &options.out)?;
    let mut notes = restore(&models, &options.out)?;
    let started = jobs.len();
    let collector = Collector::new(study, &models, data, options);
    if started > 0 {
        // Runs of hours do not end in a complaint about a file that was there before.
        collector.known()?;
    }
    let StudyHooks { executors, observer, renderer, stop } = hooks;
    let Done { failures, interrupted, held } = if jobs.is_empty() {
        Done::default()
    } else {
        let keeper = &Kept { collector: &collector, renderer };
        jobs::run_all(
            jobs,
            already_done,
            data,
            options,
            RunHooks { executors, observer, keeper, stop },
            None,
        )?
    };
    let (Collected { results, receipts, evidence, notes: read }, unwritten) =
        collector.write(renderer, When::AtTheEnd)?;
    notes.extend(read);
    let folder_of = |run: &RunId| RunFolder::new(&options.out, &run.model, run.seed);
    if !runs_of(&models, study).any(|run| folder_of(&run).claim().exists()) {
        remove_dead_workers(&options.out, &options.presence.process);
    }
    let comparison = evidence.comparison;
    let missing = runs_of(&models, study).filter(|run| !folder_of(run).evaluation().exists()).collect();
    Ok(Outcome {
        results,
        receipts,
        comparison,
        missing,
        started,
        interrupted,
        failures,
        held,
        notes,
        unwritten,
    })
}

/// The runs of these models.
fn runs_of<'a>(models: &'a [&Model], study: &'a Study) -> impl Iterator<Item = RunId> + 'a {
    let of =
        |model: &'a &Model| study.seeds.iter().map(move |&seed| RunId { model: model.name.clone(), seed });
    models.iter().flat_map(of)
}

/// What others did is gathered with the program and the data that they did it with.
fn check_gathered(
    study: &Study,
    models: &[&Model],
    data: Data<'_>,
    options: &Options,
) -> Result<(), ConductError> {
    match options.share {
        Share::Nothing => WorkPlan::of(study, models, data).agree_on_origin(&options.out),
        Share::All | Share::Units(_) | Share::Shard { .. } => Ok(()),
    }
}

/// What is known of a study's runs now; writes nothing and waits for nobody.
///
/// # Errors
/// Runs whose files are not as runs leave them.
pub fn known(study: &Study, data: Data<'_>, options: &Options) -> Result<Collected, ConductError> {
    let models = plan::select(study, options.models.as_deref())?;
    check_gathered(study, &models, data.of(study), options)?;
    Collector::new(study, &models, data.of(study), options).known()
}

/// Draws the study's files again, after something beside its runs has changed.
///
/// # Errors
/// Another process at work in the folder, which draws them itself, and files that cannot be read or written.
pub fn redraw(
    study: &Study,
    data: Data<'_>,
    options: &Options,
    renderer: &dyn Renderer,
) -> Result<(), ConductError> {
    let models = plan::select(study, options.models.as_deref())?;
    let _lock = jobs::lock(&options.out)?;
    let (_, unwritten) =
        Collector::new(study, &models, data.of(study), options).write(renderer, When::AtTheEnd)?;
    unwritten.map_or(Ok(()), |error| Err(error.into()))
}
