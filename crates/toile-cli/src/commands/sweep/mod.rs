//! `toile sweep`: the best of some settings, learning rates or others, chosen on images held out of training.

mod plan;
mod round;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::ensure;
use toile_study::changes::Changes;
use toile_study::numbers::{counted, learning_rate};
use toile_study::recipe::Validation;
use toile_study::search;

use self::plan::{Plan, Session};
use super::{opened, shared, shared_out};
use crate::args::values::{Numbers, held_out, rates, whole};
use crate::args::{Format, OtherData, RunningArgs, Seeds};
use crate::progress::remark;

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
--vary tries any settings: a key of the model, a variable of its architecture, a setting of the optimizer as lr or \
weight_decay, or one within another key, as schedule.pct_start. Values are listed (lr=0.01,0.1), or a range: 0..0.5, \
log:1e-4..1, int:8..64, with :N behind it for N values of a grid. --lr 0.01,0.1 is --vary lr=0.01,0.1. Without --trials \
every combination is tried. With --halving N most candidates are trained for few epochs, and one in N goes on to N times as \
many.

The candidate with the highest accuracy on the images held out is the best, of equals the one with the lower loss. The model \
as it is takes part, and what the best has more is told with an interval. The test images choose nothing: no candidate is \
shown one, and no file of a sweep has a figure of them.

Leaves swept-<MODEL>.json and .svg in the folder of results, and the runs in its folder sweep/<MODEL>/. Where nothing but the \
rate was varied, and without --halving, sweep-<MODEL>.json too, which `toile explain` reads: a level at the best rate of a sweep \
counts as tuned.

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
    #[arg(long, value_name = "R,R,..", value_parser = rates, allow_hyphen_values = true)]
    pub lr: Option<Numbers>,
    /// A setting with the values to try; again for another setting
    #[arg(long, value_name = "KEY=VALUES", allow_hyphen_values = true)]
    pub vary: Vec<String>,
    /// Draw so many combinations at random instead of trying all
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=10_000), allow_hyphen_values = true)]
    pub trials: Option<u32>,
    /// Another number draws other combinations
    #[arg(long, value_name = "N", requires = "trials", default_value_t = 0, value_parser = whole::<u64>(0..=u64::MAX),
        allow_hyphen_values = true)]
    pub draw: u64,
    /// Successive halving: one in N goes on to N times as many epochs
    #[arg(long, value_name = "N", value_parser = whole::<u32>(2..=100), allow_hyphen_values = true)]
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
    /// Seeds of each candidate, instead of the study's: a list, or a range as 0-9
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
        .unwrap_or(search::VALIDATION);
    let question = plan::Question {
        axes: &axes(args),
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
    let plan = Plan::new((&opened.source, &study, model), &question)?;
    let out = shared::folder(args.out.as_ref(), &study);
    let loaded = opened.load(&args.running.data_here())?;
    let session = Session {
        study: &study,
        model,
        data: opened::data(&loaded),
        out: &out,
        options: shared::options(&args.running, &search::folder(&out, &model.name)),
        format: args.format,
        running: &args.running,
    };
    tell_of_earlier(&session.options.out);
    plan.run(&session)
}

/// What is tried, as `--vary` says it: rates in ascending order, each once.
fn axes(args: &SweepArgs) -> Vec<String> {
    let of_rates = |rates: &Numbers| {
        let mut rates = rates.0.clone();
        rates.sort_by(f64::total_cmp);
        rates.dedup();
        let rates: Vec<String> = rates.into_iter().map(learning_rate).collect();
        format!("lr={}", rates.join(","))
    };
    args.lr.iter().map(of_rates).chain(args.vary.iter().cloned()).collect()
}

/// Says what lies in the folder and is not used.
fn tell_of_earlier(folder: &Path) {
    match search::earlier_candidates(folder) {
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
