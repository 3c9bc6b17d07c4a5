//! A study's work that is shared out: told, done in part, or handed to a cluster's scheduler.

mod command;
mod follow;
mod kubernetes;
mod part;
mod planned;
mod record;
mod slurm;
mod work;

use std::process::ExitCode;

use toile_study::numbers::{count, counted, duration};
use toile_study::run::{Cost, cost};

use crate::args::{Format, RunningArgs, Scheduler};
use crate::progress::say;
use crate::stdout::print;
use crate::terminal::table_options;

pub(super) use command::command_of_a_part;
pub(super) use planned::show;
pub(super) use record::{Jobs, unheard};
pub(super) use work::Work;

/// Does with the work what the arguments say, where they do not say that all of it is to be done here and now.
///
/// # Errors
/// What keeps the part from being done, or the scheduler from being asked.
pub(super) fn elsewhere(args: &RunningArgs, work: Work<'_>) -> anyhow::Result<Option<ExitCode>> {
    if args.is_shared_out() {
        return run(args, work).map(Some);
    }
    if args.dry_run {
        print("the cost", &told(work)?);
        return Ok(Some(ExitCode::SUCCESS));
    }
    Ok(None)
}

/// The same of a command whose units `toile plan` does not know: they are told beside the cost.
///
/// # Errors
/// As [`elsewhere`].
pub(super) fn elsewhere_or_units(
    args: &RunningArgs,
    format: Format,
    work: Work<'_>,
) -> anyhow::Result<Option<ExitCode>> {
    if args.dry_run && !args.is_shared_out() {
        show_units(args, format, &told(work)?, work)?;
        return Ok(Some(ExitCode::SUCCESS));
    }
    elsewhere(args, work)
}

/// Prints what the work costs, and its units.
///
/// # Errors
/// What keeps the work from being measured.
pub(super) fn show_units(
    args: &RunningArgs,
    format: Format,
    cost: &str,
    work: Work<'_>,
) -> anyhow::Result<()> {
    let threads = args.threads.unwrap_or(1);
    let costs = work.costs(threads)?;
    match format.json {
        true => say(cost.trim_end()),
        false => print("the cost", &format!("{cost}\n")),
    }
    show(&costs, threads, format.json, table_options(&std::io::stdout()))
}

fn told(work: Work<'_>) -> anyhow::Result<String> {
    Ok(cost_text(&cost(work.study, work.data, work.options, work.hooks.executors)?))
}

/// Does a part of the work here, or has a scheduler do it.
///
/// # Errors
/// What keeps the part from being done, or the scheduler from being asked.
pub(super) fn run(args: &RunningArgs, work: Work<'_>) -> anyhow::Result<ExitCode> {
    match args.sharing.cluster.on {
        Some(Scheduler::Slurm) => slurm::run(&args.sharing.cluster, args.dry_run, work),
        Some(Scheduler::Kubernetes) => kubernetes::run(&args.sharing.cluster, args.dry_run, work),
        None => part::run(work),
    }
}

/// What there is to do here, and how long it takes.
fn cost_text(cost: &Cost) -> String {
    let Cost { runs, already_done, trainings, jobs, threads, seconds } = cost;
    if *runs == 0 {
        return format!("nothing to do: {} over\n", counted(*already_done, "run"));
    }
    format!(
        "{} to do in {}, {} already done; {} at a time with {} each, about {}\n",
        counted(*runs, "run"),
        counted(*trainings, "training"),
        count(*already_done as u64),
        count(*jobs as u64),
        counted(*threads, "thread"),
        duration(*seconds)
    )
}
