//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::commands::bench::BenchArgs;
use crate::commands::compare::CompareArgs;
use crate::commands::data::DataArgs;
use crate::commands::explain::ExplainArgs;
use crate::commands::report::ReportArgs;
use crate::commands::show::ShowArgs;
use crate::commands::silence::SilenceArgs;
use crate::commands::studies::StudiesArgs;
use crate::commands::sweep::SweepArgs;
use crate::seeds::SeedRange;

/// Trains, evaluates and compares small image classifiers on the CPU you already have.
#[derive(Debug, Parser)]
#[command(name = "toile", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  toile run baseline-vs-better                 a study that is built in
  toile run my-study.toml --epochs 2           your own, shortened for a try
  toile run my-study.toml --resume             go on where Ctrl-C stopped it
  toile run my-study.toml --seeds 0-9          ten runs of each model
  toile compare my-study.toml old new          is `new` better than `old`?
  toile report runs/baseline-vs-better --open  make the report again and show it
  toile studies                                what is built in
  toile show baseline-vs-better                layers, shapes, costs, settings
  toile data get fashion-mnist                 fetch the data beforehand

Exit codes: 0 done, 1 'data verify' found a wrong file or 'compare' a worse model, 2 error or diverged run, \
3 'compare' is undecided, 130 stopped by Ctrl-C at a checkpoint.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train and evaluate the models of a study, and compare them.
    Run(RunArgs),
    /// Tell which of some trained models is better, by how much, and on which images.
    Compare(CompareArgs),
    /// Tell which of the settings in which two models differ made the difference.
    Explain(ExplainArgs),
    /// Tune a model's learning rate on a validation split.
    Sweep(SweepArgs),
    /// Measure what remains of trained models as hidden units are silenced at random.
    Silence(SilenceArgs),
    /// Write the report of a study again, from its folder alone.
    Report(ReportArgs),
    /// Print the layers of each model of a study with their shapes and costs, and how it is trained.
    Show(ShowArgs),
    /// List the studies that are part of the program.
    Studies(StudiesArgs),
    /// List, fetch and verify data sets.
    Data(DataArgs),
    /// Measure how fast this machine trains or runs a model, and where the time goes.
    Bench(BenchArgs),
}

// Paragraphs are one line each: they are wrapped to the terminal.
const RUN_HELP: &str = "\
Each run leaves <OUT>/<model>/seed-<n>/ with config.toml, results.csv (a row an epoch), predictions.csv, \
confusion_matrix.csv and .svg, evaluation.json, weights/ and receipt.json; above them stand results.json and report.html, \
which is written anew after each epoch.

A run that is finished is not computed again. Seeds decide the results to the bit; threads and jobs, the \
processor, and interruptions do not change them.

Examples:
  toile run baseline-vs-better --seeds 0-2
  toile run baseline-vs-better --models baseline,better --out try --epochs 1";

/// Arguments of `toile run`.
#[derive(Clone, Debug, ClapArgs)]
#[command(after_help = RUN_HELP)]
pub struct RunArgs {
    /// Path of a study file, or the name of a built-in study (a path wins).
    pub study: String,
    /// Folder of the results [default: runs/<name of the study>].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Seeds, a run of each model for each, instead of the study's: a list, or a range as 0-9.
    #[arg(long, value_name = "N,N-M,..", value_delimiter = ',', num_args = 1)]
    pub seeds: Option<Vec<SeedRange>>,
    /// Epochs of every model, instead of the study's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub epochs: Option<u32>,
    /// Models to run, also those on request [default: all but those on request].
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', num_args = 1)]
    pub models: Option<Vec<String>>,
    /// Runs at the same time [default: one a core, at most as many as there are runs].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Threads of each run [default: the cores shared out over the runs that are left].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Go on from the checkpoints of runs that were interrupted.
    #[arg(long)]
    pub resume: bool,
    /// Folder that holds the data set; nothing else is looked at.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Never fetch anything.
    #[arg(long)]
    pub offline: bool,
    /// Show the report in the browser at the end.
    #[arg(long)]
    pub open: bool,
    /// How to show progress: bars on a terminal, a line an epoch, or a JSON object a line on stdout.
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto)]
    pub progress: ProgressMode,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProgressMode {
    /// Bars on a terminal, else plain.
    Auto,
    /// Bars.
    Bar,
    /// One line an epoch.
    Plain,
    /// One JSON object a line, on stdout.
    Json,
}
