//! `toile sweep`: the best of some learning rates, chosen on images held out of training.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::ensure;
use toile_store::sealed;
use toile_study::changes::Changes;
use toile_study::conduct::{self, StudyHooks};
use toile_study::evidence::sweep::Sweep;
use toile_study::recipe::Validation;
use toile_study::run;
use toile_study::sweep::{self, Question};

use super::{apart, opened, shared};
use crate::args::values::{Numbers, held_out, rates, whole};
use crate::args::{Format, RunningArgs, Seeds};
use crate::command_line::resume_line;
use crate::exit::EXIT_ERROR;
use crate::progress::{self, say};
use crate::stop;
use crate::table::swept;

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
The rate with the highest accuracy on the images held out is the best, of equals the one with the lower loss. The test \
images choose nothing and are not shown.

Leaves sweep-<MODEL>.json in the folder of results, and the runs in its folder sweep/<MODEL>/. `toile explain` reads it: \
a level at the best rate of a sweep counts as tuned.

Examples:
  toile sweep baseline-vs-better baseline --lr 0.001,0.01,0.1,1
  toile sweep my-study.toml small --lr 1e-4,3e-4,1e-3 --epochs 5 --seeds 0-2";

const WITHOUT_FOLDS: &str = "tune the model in a copy of the file without `cross_validation`: what is held out of its \
    training images then chooses the rate";

/// Tunes a model's learning rate on a validation split
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct SweepArgs {
    /// Path of a study file, or name of a built-in study
    pub study: String,
    /// Model to tune
    pub model: String,
    /// Learning rates to try
    #[arg(long, value_name = "R,R,..", required = true, value_parser = rates, allow_hyphen_values = true)]
    pub lr: Numbers,
    /// Epochs of each training, instead of the model's
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=100_000), allow_hyphen_values = true)]
    pub epochs: Option<u32>,
    /// Share of the training images held out [default: the study's, or 0.1]
    #[arg(long, value_name = "SHARE", value_parser = held_out, allow_hyphen_values = true)]
    pub validation: Option<f64>,
    /// Seeds of each rate, instead of the study's: a list, or a range as 0-9
    #[arg(long, value_name = "N,N-M,..", allow_hyphen_values = true)]
    pub seeds: Option<Seeds>,
    /// Folder of the results [default: runs/<name of the study>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How the answer is printed.
    #[command(flatten)]
    pub format: Format,
    /// How runs are done.
    #[command(flatten)]
    pub running: RunningArgs,
}

/// Runs what is missing, and prints the answer.
///
/// # Errors
/// A study or model that is not there, and runs that cannot be done.
pub fn run(args: &SweepArgs) -> anyhow::Result<ExitCode> {
    let mut opened = opened::open(
        &args.study,
        &args.running.data,
        &Changes::of_seeds(args.seeds.as_ref().map(Seeds::list)),
    )?;
    let study = opened.study.clone();
    shared::refuse_folds(&study, "toile sweep", WITHOUT_FOLDS)?;
    let model = shared::model(&study, &args.model)?;
    let validation = args
        .validation
        .or(study.validation().map(Validation::share).filter(|share| *share > 0.0))
        .unwrap_or(0.1);
    let question = Question { rates: args.lr.0.clone(), validation, epochs: args.epochs };
    let tried = sweep::study(&study, model, &question)?;
    run::select(&tried, None)?;
    let out = shared::folder(args.out.as_ref(), &study);
    let loaded = opened.load(&args.running.data)?;
    let data = opened::data(&loaded);
    let options = shared::options(&args.running, &sweep::folder(&out, &model.name));
    let (observer, notice) = progress::validation_observer(args.running.progress);
    let stop = stop::at_a_checkpoint(notice, resume_line())?;
    let observer = stop.watching(observer);
    // Nothing is drawn: a report would show what is not to be chosen by.
    let hooks =
        StudyHooks { executors: &run::engine, observer: &observer, renderer: &(), stop: &stop.requested };
    if let Some(code) =
        apart::apart(&args.running, apart::Work { study: &tried, data, options: &options, hooks })?
    {
        return Ok(code);
    }
    let outcome = conduct::run(&tried, data, &options, hooks)?;
    drop(observer);
    if let Some(code) = shared::unfinished(&outcome) {
        return Ok(code);
    }
    let found = sweep::judge(&study, model, &question, &outcome.results);
    let path = out.join(Sweep::file_name(&model.name));
    sealed::write(&path, &found)?;
    let tuned = found.best.map(|rate| sweep::tuned_model(&study, model, rate));
    shared::show(
        args.format,
        args.running.progress,
        &found,
        || swept::markdown(&found, tuned.as_deref()),
        |options| format!("\n{}", swept::terminal(&found, tuned.as_deref(), options)),
    )?;
    say(&format!("written: {}", path.display()));
    ensure!(
        found.rates.iter().all(|rate| !rate.runs.is_empty()),
        "some rates have no run; run the same command again"
    );
    let is_whole = found.best.is_some() && outcome.unwritten.is_none();
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::from(EXIT_ERROR) })
}
