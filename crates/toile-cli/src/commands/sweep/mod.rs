//! `toile sweep`: the best of some learning rates, or of any settings, chosen on images held out of training.

mod round;
mod settings;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::ensure;
use toile_store::sealed;
use toile_study::changes::Changes;
use toile_study::conduct::{self, StudyHooks};
use toile_study::evidence::sweep::Sweep;
use toile_study::numbers::counted;
use toile_study::recipe::Validation;
use toile_study::run;
use toile_study::study::{Model, Study};
use toile_study::sweep::{self, Question};

use self::settings::{Plan, Session};
use super::opened::Opened;
use super::{opened, shared, shared_out};
use crate::args::values::{Numbers, held_out, rates, whole};
use crate::args::{Format, OtherData, RunningArgs, Seeds};
use crate::exit::EXIT_ERROR;
use crate::progress::{self, remark, say};
use crate::table::swept;

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
The rate, or the settings, with the highest accuracy on the images held out are the best, of equals those with the lower \
loss. The test images choose nothing: no candidate is shown one, and no file of a sweep has a figure of them.

Leaves sweep-<MODEL>.json in the folder of results, and the runs in its folder sweep/<MODEL>/. `toile explain` reads it: \
a level at the best rate of a sweep counts as tuned.

--vary tries any settings: a key of the model, a variable of its architecture, a setting of the optimizer as lr or \
weight_decay, or one within another key, as schedule.pct_start. Values are listed (lr=0.01,0.1), or a range: 0..0.5, \
log:1e-4..1, int:8..64, with :N behind it for N values of a grid. Without --trials every combination is tried. With \
--halving N most candidates are trained for few epochs, and one in N goes on to N times as many. The model as it is takes \
part, and what the best has more is told with an interval. Leaves swept-<MODEL>.json and .svg.

Examples:
  toile sweep baseline-vs-better baseline --lr 0.001,0.01,0.1,1
  toile sweep my-study.toml small --lr 1e-4,3e-4,1e-3 --epochs 5 --seeds 0-2
  toile sweep my-study.toml small --vary lr=0.03,0.1,0.3 --vary weight_decay=1e-4,5e-4
  toile sweep my-study.toml small --vary lr=log:0.01..1 --vary width=int:16..64 --trials 27 --halving 3";

const WITHOUT_FOLDS: &str = "tune the model in a copy of the file without `cross_validation`: what is held out of its \
    training images then chooses the rate";

/// Tunes a model's learning rate, or any of its settings, on a validation split
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct SweepArgs {
    /// Path of a study file, or name of a built-in study
    pub study: String,
    /// Model to tune
    pub model: String,
    /// Learning rates to try
    #[arg(long, value_name = "R,R,..", conflicts_with = "vary", value_parser = rates, allow_hyphen_values = true)]
    pub lr: Option<Numbers>,
    /// A setting with the values to try; again for another setting
    #[arg(long, value_name = "KEY=VALUES", allow_hyphen_values = true)]
    pub vary: Vec<String>,
    /// Draw so many combinations at random instead of trying all
    #[arg(long, value_name = "N", requires = "vary", value_parser = whole::<u32>(1..=10_000), allow_hyphen_values = true)]
    pub trials: Option<u32>,
    /// Another number draws other combinations
    #[arg(long, value_name = "N", requires = "trials", default_value_t = 0, value_parser = whole::<u64>(0..=u64::MAX),
        allow_hyphen_values = true)]
    pub draw: u64,
    /// Successive halving: one in N goes on to N times as many epochs
    #[arg(long, value_name = "N", requires = "vary", value_parser = whole::<u32>(2..=100), allow_hyphen_values = true)]
    pub halving: Option<u32>,
    /// Fewest epochs that --halving trains for
    #[arg(long, value_name = "N", requires = "halving", default_value_t = 1, value_parser = whole::<u32>(1..=100_000),
        allow_hyphen_values = true)]
    pub epochs_min: u32,
    /// Epochs of each training, instead of the model's
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=100_000), allow_hyphen_values = true)]
    pub epochs: Option<u32>,
    /// Share of the training images held out [default: the study's, or 0.1]
    #[arg(long, value_name = "SHARE", value_parser = held_out, allow_hyphen_values = true)]
    pub validation: Option<f64>,
    /// Seeds of each rate, instead of the study's: a list, or a range as 0-9
    #[arg(long, value_name = "N,N-M,..", allow_hyphen_values = true)]
    pub seeds: Option<Seeds>,
    /// On which data.
    #[command(flatten)]
    pub other: OtherData,
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
    ensure!(
        args.lr.is_some() || !args.vary.is_empty(),
        "say what to try: --lr 0.01,0.1 for learning rates, or --vary KEY=VALUES for any settings"
    );
    let changes = Changes::of_seeds(args.seeds.as_ref().map(Seeds::list));
    let mut opened = args.other.open(&args.study, &args.running.data_here(), &changes)?;
    let study = opened.study.clone();
    shared::refuse_folds(&study, "toile sweep", WITHOUT_FOLDS)?;
    let model = shared::model(&study, &args.model)?;
    let validation = args
        .validation
        .or(study.validation().map(Validation::share).filter(|share| *share > 0.0))
        .unwrap_or(sweep::VALIDATION);
    let Some(rates) = &args.lr else {
        return any(args, &mut opened, &study, model, validation);
    };
    let question = Question { validation, epochs: args.epochs, ..Question::of(rates.0.clone()) };
    let tried = sweep::study(&study, model, &question)?;
    run::select(&tried, None)?;
    let out = shared::folder(args.out.as_ref(), &study);
    let loaded = opened.load(&args.running.data_here())?;
    let data = opened::data(&loaded);
    let options = shared::options(&args.running, &sweep::folder(&out, &model.name));
    tell_of_earlier(&options.out);
    let (observer, notice) = progress::observer(args.running.progress, &study);
    let stop = shared::stop(&args.running, notice)?;
    let observer = stop.watching(observer);
    // Nothing is drawn: a report would show what is not to be chosen by.
    let hooks =
        StudyHooks { executors: &run::engine, observer: &observer, renderer: &(), stop: &stop.requested };
    let path = out.join(Sweep::file_name(&model.name));
    let (answer, needs_every_run) = (&*path, false);
    let work = shared_out::Work { study: &tried, data, options: &options, hooks, answer, needs_every_run };
    if let Some(code) = shared_out::elsewhere_or_units(&args.running, args.format, work)? {
        return Ok(code);
    }
    let outcome = conduct::run(&tried, data, &options, hooks)?;
    drop(observer);
    if let Some(code) = shared::unfinished(&outcome) {
        return Ok(code);
    }
    shared::refuse_missing(&outcome)?;
    let found = sweep::judge(&study, model, &question, &outcome.results);
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

/// Says what lies in the folder and is not used.
fn tell_of_earlier(folder: &Path) {
    match sweep::earlier_candidates(folder) {
        0 => {}
        candidates => remark(&format!(
            "{} in {}: an earlier version of Toile trained them and measured them on test images too; they stay as they are, \
             and what is tried is trained anew",
            counted(candidates, "candidate"),
            folder.display()
        )),
    }
}

/// Refuses what knows the rounds of a search no better than its first one.
fn refuse_apart(args: &RunningArgs) -> anyhow::Result<()> {
    ensure!(
        args.sharing.units.is_none(),
        "with --halving the units of a round follow from the round before: share them out with --shard I/N, in processes \
         that wait for each other"
    );
    ensure!(
        args.sharing.cluster.on.is_none(),
        "with --halving a round follows from the one before, and is not submitted beforehand: leave --halving away, or \
         submit processes that wait for each other, as with\n  \
         sbatch --array=1-8 --wrap '{} --jobs 1 --shard $SLURM_ARRAY_TASK_ID/8'\nand --gather at the end",
        shared_out::command_of_a_part()
    );
    Ok(())
}

/// Any settings.
fn any(
    args: &SweepArgs,
    opened: &mut Opened,
    study: &Study,
    model: &Model,
    validation: f64,
) -> anyhow::Result<ExitCode> {
    let question = settings::Question {
        axes: &args.vary,
        trials: args.trials,
        draw: args.draw,
        eta: args.halving,
        epochs_min: args.epochs_min,
        epochs: args.epochs,
        validation,
    };
    if args.halving.is_some() {
        refuse_apart(&args.running)?;
    }
    let plan = Plan::new((&opened.source, study, model), &question)?;
    let out = shared::folder(args.out.as_ref(), study);
    let loaded = opened.load(&args.running.data_here())?;
    let session = Session {
        study,
        model,
        data: opened::data(&loaded),
        out: &out,
        options: shared::options(&args.running, &settings::folder(&out, model)),
        format: args.format,
        running: &args.running,
    };
    tell_of_earlier(&session.options.out);
    plan.run(&session)
}
