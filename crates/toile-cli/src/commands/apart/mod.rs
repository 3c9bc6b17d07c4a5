//! A study's work that is shared out: told, done in part, or handed to a cluster's scheduler.

mod command;
mod follow;
mod kubernetes;
mod part;
mod planned;
mod record;
mod slurm;

use std::path::Path;
use std::process::ExitCode;

use toile_study::conduct::StudyHooks;
use toile_study::numbers::{count, counted, duration};
use toile_study::run::{self, Cost, Data, Options, UnitCost, unit_costs};
use toile_study::study::Study;

use crate::args::{RunningArgs, Scheduler};
use crate::stdout::print;

pub(super) use follow::follow;
pub(super) use planned::show;
pub(super) use record::Jobs;

/// The work of a command: runs of these models of a study.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    /// With all models that the command runs.
    pub(super) study: &'a Study,
    pub(super) data: Data<'a>,
    pub(super) options: &'a Options,
    pub(super) hooks: StudyHooks<'a>,
}

impl Work<'_> {
    fn out(&self) -> &Path {
        &self.options.out
    }

    /// What each unit will take with so many threads.
    pub(super) fn costs(&self, threads: usize) -> anyhow::Result<Vec<UnitCost>> {
        let options = Options { threads: Some(threads), jobs: Some(1), ..self.options.clone() };
        Ok(unit_costs(self.study, self.data, &options, self.hooks.executors)?)
    }
}

/// Does with the work what the arguments say, where they do not say that all of it is to be done here and now.
///
/// # Errors
/// What keeps the part from being done, or the scheduler from being asked.
pub(super) fn apart(args: &RunningArgs, work: Work<'_>) -> anyhow::Result<Option<ExitCode>> {
    if work.options.share.is_part() {
        return part::run(work).map(Some);
    }
    match args.sharing.cluster.on {
        Some(Scheduler::Slurm) => slurm::run(&args.sharing.cluster, args.dry_run, work).map(Some),
        Some(Scheduler::Kubernetes) => kubernetes::run(&args.sharing.cluster, args.dry_run, work).map(Some),
        None if args.dry_run => {
            let cost = run::cost(work.study, work.data, work.options, work.hooks.executors)?;
            print("the cost", &cost_text(&cost));
            Ok(Some(ExitCode::SUCCESS))
        }
        None => Ok(None),
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
