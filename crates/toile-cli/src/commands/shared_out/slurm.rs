//! Slurm: the scripts are written and submitted, and the jobs followed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use anyhow::Context;
use toile_cluster::packing::{Task, Unit, pack};
use toile_cluster::slurm::{
    Slurm, Submission, Submitted, array_script, cancel, gather_script, submit, tasks_max,
};
use toile_store::{atomic, names};
use toile_study::conduct::{self, standing};
use toile_study::numbers::{count, counted, duration};
use toile_study::run::{RunId, UnitCost};

use super::command::command_of_a_part;
use super::follow::{diverged, follow};
use super::record::Jobs;
use super::work::Work;
use crate::args::ClusterArgs;
use crate::command_line::quoted;
use crate::progress::{say, tell};
use crate::stdout::print;
use crate::stop::EXIT_INTERRUPTED;

/// Submits what is missing, and follows it.
pub(super) fn run(args: &ClusterArgs, dry_run: bool, work: Work<'_>) -> anyhow::Result<ExitCode> {
    let cpus = args.cpus_per_run.unwrap_or(1);
    let costs = work.costs(cpus)?;
    let missing: Vec<Unit> = costs
        .iter()
        .filter(|cost| cost.done < cost.unit.runs.len())
        .map(|cost| Unit { number: cost.unit.number, seconds: cost.seconds })
        .collect();
    if missing.is_empty() {
        say("nothing to submit: every run is already finished; `--gather` instead of --on answers");
        let runs: Vec<RunId> = costs.into_iter().flat_map(|cost| cost.unit.runs).collect();
        return Ok(diverged(&work, &standing(work.out(), &runs, None)));
    }
    let tasks = pack(&missing, args.runs_per_task, tasks_max());
    let told = words(&costs, &tasks, cpus);
    let slurm = Slurm {
        partition: args.partition.clone(),
        account: args.account.clone(),
        cpus_per_run: cpus,
        time: args.time.clone(),
        max_running: args.max_running,
        sbatch_args: args.sbatch_arg.clone(),
    };
    let from = std::env::current_dir().context("the folder that this was started in is gone")?;
    let out = from.join(work.out());
    let command = command_of_a_part();
    let of = Submission { study: &work.study.name, out: &out, from: &from, command: &command, tasks: &tasks };
    if dry_run {
        let array = array_script(&of, &slurm);
        print("the plan", &format!("{told}\n\n{array}"));
        return Ok(ExitCode::SUCCESS);
    }
    say(&told);
    let stopped = work.hooks.stop;
    if stopped.load(Ordering::Relaxed) {
        tell("stopped before anything was submitted");
        return Ok(ExitCode::from(EXIT_INTERRUPTED));
    }
    // Its jobs may wait for long, and are to be asked for meanwhile.
    let runs = conduct::agree(work.study, work.data, work.options)?;
    let Submitted { array, gather } = submit_on_record(&of, &slurm)?;
    say(&format!(
        "submitted as job {array}, gathered by job {gather}; scripts and logs are in {}",
        folder(&out).display()
    ));
    if args.detach {
        say(&format!("see how it goes with:\n  toile status {} --watch", quoted(work.out())));
        return Ok(ExitCode::SUCCESS);
    }
    follow(&work, &runs)
}

fn folder(out: &Path) -> PathBuf {
    out.join(names::CLUSTER)
}

/// Writes the scripts and submits them. Jobs that `toile stop` would not know of are not left.
fn submit_on_record(of: &Submission<'_>, slurm: &Slurm) -> anyhow::Result<Submitted> {
    let folder = folder(of.out);
    atomic::create_folder(&folder.join("logs"))?;
    let (array, gather) = (folder.join("array.sh"), folder.join("gather.sh"));
    atomic::write(&array, array_script(of, slurm).as_bytes())?;
    atomic::write(&gather, gather_script(of, slurm).as_bytes())?;
    let mut jobs = Jobs::read(of.out)?;
    let submitted = submit(&array, &gather)?;
    let Submitted { array, gather } = &submitted;
    jobs.submitted.push([array.clone(), gather.clone()]);
    if let Err(error) = jobs.write(of.out) {
        // What went wrong first is what the user has to know.
        let _ = cancel(&[array, gather]);
        return Err(error);
    }
    Ok(submitted)
}

/// What there is to do, and what it costs.
fn words(costs: &[UnitCost], tasks: &[Task], cpus: usize) -> String {
    let runs: usize = costs.iter().map(|cost| cost.unit.runs.len()).sum();
    let done: usize = costs.iter().map(|cost| cost.done).sum();
    let seconds: f64 = tasks.iter().map(|task| task.seconds).sum();
    let longest = tasks.iter().map(|task| task.seconds).fold(0.0, f64::max);
    format!(
        "{} to do, {} already done: {} of at most {}, with {} each; {:.2} core hours, about, measured here",
        counted(runs - done, "run"),
        count(done as u64),
        counted(tasks.len(), "task"),
        duration(longest),
        counted(cpus, "processor"),
        seconds * cpus as f64 / 3600.0
    )
}
