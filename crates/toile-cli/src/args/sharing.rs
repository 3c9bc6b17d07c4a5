//! Arguments of a study whose work is shared out: over processes, or by a cluster's scheduler.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use toile_store::claims::{Process, Pulse, SchedulerJob};
use toile_study::run::{Presence, Share};

use super::values::whole;

/// Which part of a study's work this process does, beside others.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Work that is shared out")]
pub struct SharingArgs {
    /// Do these units of the work alone, as `toile plan` numbers them: a list, or ranges as 1-8,12.
    #[arg(long, allow_hyphen_values = true, value_name = "N,N-M,..", conflicts_with_all = ["shard", "shard_index", "gather", "on"])]
    pub units: Option<Units>,
    /// Do one of N shares of the work, counted from 1.
    #[arg(long, allow_hyphen_values = true, value_name = "I/N", value_parser = shard(1), conflicts_with_all = ["shard_index", "gather", "on"])]
    pub shard: Option<Shard>,
    /// The same, counted from 0, as Kubernetes counts.
    #[arg(long, allow_hyphen_values = true, value_name = "I/N", value_parser = shard(0), conflicts_with_all = ["gather", "on"])]
    pub shard_index: Option<Shard>,
    /// Do none of the work: gather what is there, and write the report.
    #[arg(long, conflicts_with = "on")]
    pub gather: bool,
    /// The file that standard error goes to, for `toile status`.
    #[arg(long, allow_hyphen_values = true, value_name = "FILE", hide = true)]
    pub log: Option<String>,
    /// Without a word for so many seconds, a process on another machine is taken for dead.
    #[arg(long, allow_hyphen_values = true, value_name = "S", value_parser = whole::<u64>(1..=1_000_000), hide = true)]
    pub dead_after: Option<u64>,
    /// Where the work is done elsewhere.
    #[command(flatten)]
    pub cluster: ClusterArgs,
}

/// How a cluster's scheduler is asked.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Work on a cluster")]
pub struct ClusterArgs {
    /// Have the work done by a cluster's scheduler, follow it, and gather.
    #[arg(long, value_name = "SCHEDULER", value_enum)]
    pub on: Option<Scheduler>,
    /// Submit, and do not wait.
    #[arg(long, requires = "on")]
    pub detach: bool,
    /// Partition of the cluster.
    #[arg(long, allow_hyphen_values = true, value_name = "NAME", requires = "on")]
    pub partition: Option<String>,
    /// Account that is charged.
    #[arg(long, allow_hyphen_values = true, value_name = "NAME", requires = "on")]
    pub account: Option<String>,
    /// Processors, and threads, of each run [default: 1].
    #[arg(long, allow_hyphen_values = true, value_name = "N", value_parser = whole::<usize>(1..=1024), requires = "on")]
    pub cpus_per_run: Option<usize>,
    /// Units of work in a task [default: as many as take ten minutes].
    #[arg(long, allow_hyphen_values = true, value_name = "N", value_parser = whole::<usize>(1..=1_000_000), requires = "on")]
    pub runs_per_task: Option<usize>,
    /// How long a task may take, as Slurm writes it: minutes, H:MM:SS, D-H [default: the partition's].
    #[arg(long, allow_hyphen_values = true, value_name = "T", requires = "on")]
    pub time: Option<String>,
    /// Tasks at the same time, at most.
    #[arg(long, allow_hyphen_values = true, value_name = "N", value_parser = whole::<usize>(1..=1_000_000), requires = "on")]
    pub max_running: Option<usize>,
    /// A further argument of `sbatch`, as --sbatch-arg=--qos=low; may be repeated.
    #[arg(long, value_name = "ARG", requires = "on", allow_hyphen_values = true)]
    pub sbatch_arg: Vec<String>,
    /// Container image for Kubernetes, in which the program is /toile.
    #[arg(long, allow_hyphen_values = true, value_name = "IMAGE", requires = "on", default_value = "toile")]
    pub image: String,
    /// Claim of the volume that Kubernetes mounts as /study, where the results are.
    #[arg(long, allow_hyphen_values = true, value_name = "NAME", requires = "on", default_value = "toile")]
    pub volume_claim: String,
}

/// A cluster's scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scheduler {
    /// A job array, and a job that gathers.
    Slurm,
    /// A manifest, with --dry-run.
    Kubernetes,
}

/// Numbers of units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Units(Vec<RangeInclusive<usize>>);

impl FromStr for Units {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: &str| part.trim().parse::<usize>().ok().filter(|number| *number > 0);
        let range = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let range = number(first)?..=number(last)?;
            (!range.is_empty()).then_some(range)
        };
        let part = |part: &str| {
            range(part)
                .ok_or_else(|| format!("`{part}` is no number from 1 and no range; write units as 1-8,12"))
        };
        text.split(',').map(part).collect::<Result<_, _>>().map(Units)
    }
}

/// One of so many shares, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: usize,
    of: usize,
}

/// Reads `2/8`, counted from `first`.
fn shard(first: usize) -> impl Fn(&str) -> Result<Shard, String> + Clone + Send + Sync + 'static {
    move |text| {
        let read = || {
            let (number, of) = text.split_once('/')?;
            let (number, of) = (number.trim().parse::<usize>().ok()?, of.trim().parse::<usize>().ok()?);
            (number >= first && number < of + first).then_some(Shard { number: number + 1 - first, of })
        };
        read().ok_or_else(|| format!("write which and of how many, from {first}/8 to {}/8", 7 + first))
    }
}

impl SharingArgs {
    /// The part of the work that is asked for.
    pub fn share(&self) -> Share {
        match (&self.units, self.shard.or(self.shard_index)) {
            (Some(Units(ranges)), _) => Share::Units(ranges.clone()),
            (None, Some(Shard { number, of })) => Share::Shard { number, of },
            (None, None) if self.gather => Share::Nothing,
            (None, None) => Share::All,
        }
    }

    /// What other processes in the folder are told of this one. Slurm tells a job its number, a task of an array as
    /// `squeue` lists it, and how often it was started again.
    pub fn presence(&self) -> Presence {
        let restarts = std::env::var("SLURM_RESTART_COUNT").ok().and_then(|count| count.parse().ok());
        let named = |name| std::env::var(name).ok();
        let task = named("SLURM_ARRAY_JOB_ID").zip(named("SLURM_ARRAY_TASK_ID"));
        let job = task.map(|(array, task)| format!("{array}_{task}")).or_else(|| named("SLURM_JOB_ID"));
        let job = job.map(|id| SchedulerJob { id, restarts: restarts.unwrap_or(0) });
        let pulse = match self.dead_after.map(Duration::from_secs) {
            Some(dead_after) => Pulse { every: (dead_after / 10).min(Pulse::default().every), dead_after },
            None => Pulse::default(),
        };
        Presence { process: Process::this(job, self.log.clone()), pulse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_shares_are_read() {
        for (text, expected) in [("1", Some(vec![1..=1])), ("1-8,12", Some(vec![1..=8, 12..=12]))] {
            assert_eq!(text.parse::<Units>().ok().map(|units| units.0), expected);
        }
        for text in ["", "0", "1-", "3-2", "x", "1,,2", "-1"] {
            let error = text.parse::<Units>().unwrap_err();
            assert!(error.contains("write units as 1-8,12"), "{text}: {error}");
        }
        assert_eq!(shard(1)("2/8"), Ok(Shard { number: 2, of: 8 }));
        assert_eq!(shard(0)("0/8"), Ok(Shard { number: 1, of: 8 }));
        for (first, text) in [(1, "0/8"), (1, "9/8"), (0, "8/8"), (1, "1"), (1, "a/b"), (1, "1/0")] {
            assert!(shard(first)(text).unwrap_err().contains("/8"), "{text}");
        }
    }
}
