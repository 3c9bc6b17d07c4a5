//! The program's command line, and which command does it.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::commands;
use crate::commands::ablate::AblateArgs;
use crate::commands::bench::BenchArgs;
use crate::commands::calibrate::CalibrateArgs;
use crate::commands::compare::CompareArgs;
use crate::commands::completions::CompletionsArgs;
use crate::commands::data::DataArgs;
use crate::commands::eval::EvalArgs;
use crate::commands::explain::ExplainArgs;
use crate::commands::explain_image::ExplainImageArgs;
use crate::commands::export::ExportArgs;
use crate::commands::import::ImportArgs;
use crate::commands::init::InitArgs;
use crate::commands::man::ManArgs;
use crate::commands::plan::PlanArgs;
use crate::commands::predict::PredictArgs;
use crate::commands::quantize::QuantizeArgs;
use crate::commands::report::ReportArgs;
use crate::commands::run::RunArgs;
use crate::commands::serve::ServeArgs;
use crate::commands::show::ShowArgs;
use crate::commands::status::StatusArgs;
use crate::commands::stop_jobs::StopArgs;
use crate::commands::studies::StudiesArgs;
use crate::commands::sweep::SweepArgs;
use crate::progress::be_quiet;

/// Trains, evaluates and compares small image classifiers on the CPU you already have.
#[derive(Debug, Parser)]
#[command(name = "toile", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Args {
    /// Say nothing on stderr but notes and errors
    #[arg(long, short, global = true, display_order = 1000)]
    pub quiet: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  toile init photos                            a study file for a folder of pictures
  toile run baseline-vs-better                 a study that is built in
  toile run my-study.toml --epochs 2           your own, shortened for a try
  toile run my-study.toml --resume             go on where Ctrl-C stopped it
  toile run my-study.toml --seeds 0-9          ten runs of each model
  toile compare my-study.toml old new          is `new` better than `old`?
  toile export my-study/new --format onnx      a network for other programs
  toile serve my-study/new                     the network behind an address
  toile report runs/baseline-vs-better --open  make the report again and show it
  toile studies                                what is built in
  toile show baseline-vs-better                layers, shapes, costs, settings
  toile data get fashion-mnist                 fetch the data beforehand

Exit codes: 0 done, 1 'data verify' found a wrong file or 'compare' a worse model, 2 error or diverged run, \
3 'compare' is undecided or 'data verify' could not compare, 130 stopped by Ctrl-C at a checkpoint.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a study file for your own pictures or arrays, to begin with.
    Init(InitArgs),
    /// Train and evaluate the models of a study, and compare them.
    Run(RunArgs),
    /// List the units of a study's work, for whoever shares them out.
    Plan(PlanArgs),
    /// Say how the runs of a study are going.
    Status(StatusArgs),
    /// Cancel what was submitted to a cluster for a study.
    Stop(StopArgs),
    /// Tell what a trained network makes of pictures.
    Predict(PredictArgs),
    /// Let trained networks answer over HTTP.
    Serve(ServeArgs),
    /// Measure a trained network on its own test images or on other data.
    Eval(EvalArgs),
    /// Fit a temperature so that a trained network's probabilities say how often it is right.
    Calibrate(CalibrateArgs),
    /// Make a network of whole numbers of a trained one, and tell what that costs.
    Quantize(QuantizeArgs),
    /// Tell which of some trained models is better, by how much, and on which images.
    Compare(CompareArgs),
    /// Tell which of the settings in which two models differ made the difference.
    Explain(ExplainArgs),
    /// Show which parts of a picture a network's class rests on.
    ExplainImage(ExplainImageArgs),
    /// Make a run of weights that were trained elsewhere.
    Import(ImportArgs),
    /// Tune a model's learning rate, or any other settings, on a validation split.
    Sweep(SweepArgs),
    /// Measure what remains of trained models as hidden units are ablated at random.
    #[command(visible_alias = "silence")]
    Ablate(AblateArgs),
    /// Write a trained network for another program: ONNX, PyTorch, NumPy, safetensors, C, a page, TensorBoard.
    Export(ExportArgs),
    /// Write the report of a study again, from its folder alone.
    Report(ReportArgs),
    /// Print the layers of each model of a study with their shapes and costs, and how it is trained.
    Show(ShowArgs),
    /// List the studies that are part of the program.
    Studies(StudiesArgs),
    /// List, fetch, verify and look through data sets, and find wrong labels.
    Data(DataArgs),
    /// Measure how fast this machine trains or runs a model, and where the time goes.
    Bench(BenchArgs),
    /// Print what a shell needs to complete the arguments.
    Completions(CompletionsArgs),
    /// Write the manual pages into a folder.
    Man(ManArgs),
}

/// Does what was asked.
///
/// # Errors
/// Whatever kept it from being done, with the remedy.
pub fn dispatch(args: Args) -> anyhow::Result<ExitCode> {
    if args.quiet {
        be_quiet();
    }
    match args.command {
        Command::Init(args) => commands::init::run(&args),
        Command::Run(args) => commands::run::run(&args),
        Command::Plan(args) => commands::plan::run(&args),
        Command::Status(args) => commands::status::run(&args),
        Command::Stop(args) => commands::stop_jobs::run(&args),
        Command::Predict(args) => commands::predict::run(&args),
        Command::Serve(args) => commands::serve::run(&args),
        Command::Eval(args) => commands::eval::run(&args),
        Command::Calibrate(args) => commands::calibrate::run(&args),
        Command::Quantize(args) => commands::quantize::run(&args),
        Command::Compare(args) => commands::compare::run(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Sweep(args) => commands::sweep::run(&args),
        Command::Ablate(args) => commands::ablate::run(&args),
        Command::Export(args) => commands::export::run(&args),
        Command::Report(args) => commands::report::run(&args),
        Command::Show(args) => commands::show::run(&args),
        Command::Studies(args) => commands::studies::run(&args),
        Command::Data(args) => commands::data::run(args),
        Command::ExplainImage(args) => commands::explain_image::run(&args),
        Command::Import(args) => commands::import::run(&args),
        Command::Bench(args) => commands::bench::run(&args),
        Command::Completions(args) => Ok(commands::completions::run(&args, Args::command())),
        Command::Man(args) => commands::man::run(&args, Args::command()),
    }
}
