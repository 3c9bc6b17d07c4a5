//! `toile plan`: the units of a study's work, for whoever shares them out.

use std::process::ExitCode;

use toile_study::run::{self, Options};

use super::run::StudyArgs;
use super::{opened, shared, shared_out};
use crate::args::DataPlace;
use crate::args::values::whole;
use crate::command_line::command_line;
use crate::terminal::table_options;

const HELP: &str = "\
A unit is a run, or runs of which each goes on from the one before. `toile run STUDY --units 1-3` does units by these \
numbers, `--shard 1/2` a half of them.

Examples:
  toile plan baseline-vs-better
  toile plan my-study.toml --seeds 0-9 --json";

/// Lists the units of a study's work with what each will take.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct PlanArgs {
    /// Which study.
    #[command(flatten)]
    pub of: StudyArgs,
    /// Threads of each run [default: 1].
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1..=1024), allow_hyphen_values = true)]
    pub threads: Option<usize>,
    /// Print the plan as JSON.
    #[arg(long)]
    pub json: bool,
    /// Where data comes from.
    #[command(flatten)]
    pub data: DataPlace,
}

/// Measures a few steps of each model, and prints the units.
///
/// # Errors
/// Whatever would keep the study from running.
pub fn run(args: &PlanArgs) -> anyhow::Result<ExitCode> {
    let mut opened = args.of.open(&args.data)?;
    let study = opened.study.clone();
    run::select(&study, args.of.models.as_deref())?;
    let out = shared::folder(args.of.out.as_ref(), &study);
    let loaded = opened.load(&args.data)?;
    let threads = args.threads.unwrap_or(1);
    let options = Options {
        models: args.of.models.clone(),
        threads: Some(threads),
        command: command_line(),
        ..Options::new(&out)
    };
    let costs = run::unit_costs(&study, opened::data(&loaded), &options, &run::engine)?;
    shared_out::show(&costs, threads, args.json, table_options(&std::io::stdout()))?;
    Ok(ExitCode::SUCCESS)
}
