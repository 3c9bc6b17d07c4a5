//! From a checked study to folders of results: `<out>/<model>/seed-<n>/`, and `results.json` above.
//!
//! A run's bits depend on the study, the data and the seed alone: not on threads, on jobs, on the
//! instruction set, or on where it was interrupted. What does differ is in `receipt.json`.

mod chain;
mod collect;
mod cost;
mod error;
pub(crate) mod evaluate;
mod event;
mod executors;
mod finish;
mod jobs;
mod memory;
mod outlook;
mod pace;
mod plan;
mod receipt;
mod reread;
mod train;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub use collect::Collected;
pub use cost::{Cost, cost};
pub use error::RunError;
pub use event::{Event, Observer};
pub use executors::{Built, Executors, Setup, engine};
pub use finish::divergence_advice;
pub use plan::select;
pub use reread::{Reread, reread};
pub use toile_store::{RunFolder, RunId};
pub use train::Data;

use toile_data::Dataset;

use crate::evidence::Evidence;
use crate::evidence::comparison::Comparison;
use crate::results::{EpochRow, Evaluation, Receipt, StudyResults};
use crate::study::Study;

/// How a study is to be run. Nothing here changes a bit of its results.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The study's folder of results.
    pub out: PathBuf,
    /// Models to run; without, all that are not on request.
    pub models: Option<Vec<String>>,
    /// Threads of a run; without, the processor's cores shared out over the jobs.
    pub threads: Option<usize>,
    /// Runs at the same time; without, as many as there are runs and cores for.
    pub jobs: Option<usize>,
    /// Go on from checkpoints, instead of refusing to start over.
    pub resume: bool,
    /// Longest time without a checkpoint; there is one after each epoch anyway.
    pub checkpoint_every: Duration,
    /// For the receipt.
    pub command: String,
    /// Compare the models when all of their runs are over. Without, the comparison that is there stays as it is,
    /// and no look is spent: combinations of settings are not the contenders of a study.
    pub compares: bool,
}

impl Options {
    /// The usual ones, for this folder.
    pub fn new(out: impl Into<PathBuf>) -> Self {
        Options {
            out: out.into(),
            models: None,
            threads: None,
            jobs: None,
            resume: false,
            checkpoint_every: Duration::from_secs(60),
            command: String::new(),
            compares: true,
        }
    }
}

/// A finished run, for whoever draws it.
#[derive(Clone, Copy, Debug)]
pub struct RunView<'a> {
    /// Which.
    pub run: &'a RunId,
    /// In the order of the matrix.
    pub class_names: &'a [String],
    /// What was measured.
    pub evaluation: &'a Evaluation,
    /// On the way there.
    pub epochs: &'a [EpochRow],
}

/// All that is known of a study, for whoever draws it.
#[derive(Clone, Copy, Debug)]
pub struct StudyView<'a> {
    /// The same for all honest runs.
    pub results: &'a StudyResults,
    /// What is not, as (model, seed, receipt).
    pub receipts: &'a [(String, u64, Receipt)],
    /// What the finished runs prove.
    pub evidence: &'a Evidence,
    /// The test images; absent where a report is made again without the data set.
    pub test: Option<&'a Dataset>,
    /// Whether a run is in the midst of its epochs and waits: what takes long to draw can be left as it is.
    pub between_epochs: bool,
}

/// Makes the files that are drawn, as (name, contents). Pure: the run writes them.
pub trait Renderer: Sync {
    /// Files of a finished run's folder.
    fn run_files(&self, _run: RunView<'_>) -> Vec<(String, Vec<u8>)> {
        Vec::new()
    }

    /// Files of the study's folder, also as `folder/name`.
    fn study_files(&self, _study: StudyView<'_>) -> Vec<(String, Vec<u8>)> {
        Vec::new()
    }

    /// All files of the study's folder that are drawn only where there is something to draw: those of them that
    /// are there from before, and are not drawn now, are removed.
    fn occasional_files(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

/// Draws nothing.
impl Renderer for () {}

/// Whom a study works with.
#[derive(Clone, Copy)]
pub struct Company<'a> {
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
    /// Runs that were started.
    pub started: usize,
    /// Whether some runs were stopped at a checkpoint, or not started at all, by request.
    pub interrupted: bool,
    /// Runs that broke off, and why. The others are not affected.
    pub failures: Vec<(RunId, RunError)>,
    /// Why a file of the study, above those of its runs, could not be written.
    pub unwritten: Option<RunError>,
}

/// Runs what of a study is not done yet.
///
/// # Errors
/// Whatever is found before the first run starts; what breaks a single run is in the [`Outcome`].
pub fn run(
    study: &Study,
    data: Data<'_>,
    options: &Options,
    company: Company<'_>,
) -> Result<Outcome, RunError> {
    let models = plan::select(study, options.models.as_deref())?;
    let _lock = jobs::lock(&options.out)?;
    let (jobs, already_done) = plan::plan(study, &models, data, options)?;
    collect::before(study, &options.out)?;
    let started = jobs.len();
    let collector = collect::Collector::new(study, &models, data, options);
    // Runs of hours do not end in a complaint about a file that was there before.
    collector.known()?;
    let (failures, interrupted) = if jobs.is_empty() {
        (Vec::new(), false)
    } else {
        jobs::run_all(jobs, already_done, data, options, company, &collector)?
    };
    let (Collected { results, receipts, evidence }, unwritten) = collector.write(company.renderer)?;
    let comparison = evidence.comparison;
    Ok(Outcome { results, receipts, comparison, started, interrupted, failures, unwritten })
}

/// What is known of a study's runs now; writes nothing and waits for nobody.
///
/// # Errors
/// Runs whose files are not as runs leave them.
pub fn known(study: &Study, data: Data<'_>, options: &Options) -> Result<Collected, RunError> {
    let models = plan::select(study, options.models.as_deref())?;
    collect::Collector::new(study, &models, data, options).known()
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
) -> Result<(), RunError> {
    let models = plan::select(study, options.models.as_deref())?;
    let _lock = jobs::lock(&options.out)?;
    let (_, unwritten) = collect::Collector::new(study, &models, data, options).write(renderer)?;
    unwritten.map_or(Ok(()), Err)
}
