//! `toile plan`: the units of a study's work, for whoever shares them out.

use std::process::ExitCode;

use toile_study::run::{self, Options};

use super::run::RunArgs;
use super::{opened, shared, shared_out};
use crate::terminal::table_options;

/// Lists the units of a study's work with what each will take: what `toile run --units` and `--shard` count by
#[derive(clap::Args, Clone, Debug)]
pub struct PlanArgs {
    /// The study, as for `toile run`.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Measures a few steps of each model, and prints the units.
///
/// # Errors
/// Whatever would keep the study from running.
pub fn run(args: &PlanArgs) -> anyhow::Result<ExitCode> {
    let args = &args.run;
    let mut opened = opened::open(&args.study, &args.running.data_here(), &args.changes())?;
    let study = opened.study.clone();
    run::select(&study, args.models.as_deref())?;
    let out = shared::folder(args.out.as_ref(), &study);
    let loaded = opened.load(&args.running.data_here())?;
    let threads = args.running.threads.unwrap_or(1);
    let options = Options {
        models: args.models.clone(),
        threads: Some(threads),
        ..shared::options(&args.running, &out)
    };
    let costs = run::unit_costs(&study, opened::data(&loaded), &options, &run::engine)?;
    shared_out::show(&costs, threads, args.json, table_options(&std::io::stdout()))?;
    Ok(ExitCode::SUCCESS)
}
