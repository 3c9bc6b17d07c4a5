//! Watching what a scheduler's jobs do in a study's folder.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use toile_cluster::slurm::{QueuedTask, queued};
use toile_study::conduct::{RunStanding, RunState, standing};
use toile_study::numbers::count;
use toile_study::run::RunId;

use super::super::waiting::pause;
use super::record::{Jobs, unheard};
use super::work::Work;
use crate::command_line::quoted;
use crate::exit::EXIT_ERROR;
use crate::progress::{complain, say, tell};
use crate::stop::EXIT_INTERRUPTED;
use crate::table::standing as table;

/// Between two looks at the files at least, and two questions to the scheduler.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// And so many times as long as a look took: a large study's file system is to serve the runs.
const LOOK_SHARE: u32 = 20;
const ASK_EVERY: Duration = Duration::from_secs(30);

/// Says how the runs of some work are going whenever that changes, until its jobs are over. Where it is asked to stop it
/// ends the watching and nothing else.
///
/// # Errors
/// The record of the jobs cannot be used.
pub(super) fn follow(work: &Work<'_>, runs: &[RunId]) -> anyhow::Result<ExitCode> {
    let (out, stopped) = (work.out(), work.hooks.stop);
    let mut last = String::new();
    let mut asked: Option<Instant> = None;
    let mut queue: Option<Queue> = None;
    loop {
        let looked = Instant::now();
        let states = standing(out, runs, None);
        let wake = LOOK_EVERY.max(looked.elapsed() * LOOK_SHARE);
        // With nothing but the gathering left, at every look.
        if states.iter().all(RunStanding::is_over) || asked.is_none_or(|asked| asked.elapsed() >= ASK_EVERY) {
            asked = Some(Instant::now());
            let found = Some(Queue::ask(&Jobs::read(out)?));
            if found != queue {
                queue = found;
                queue.as_ref().and_then(Queue::words).iter().for_each(|words| say(words));
            }
        }
        let line = table::line(&states);
        if line != last {
            say(&line);
            last = line;
        }
        if queue == Some(Queue::Empty) {
            // What was written between the look at the files and the answer of the scheduler counts.
            return Ok(ended(work, &standing(out, runs, None)));
        }
        if !pause(wake, stopped) {
            let out = quoted(out);
            tell(&format!(
                "\nthe work goes on without this; see how with:\n  toile status {out} --watch\nand stop it with:\n  toile stop {out}"
            ));
            return Ok(ExitCode::from(EXIT_INTERRUPTED));
        }
    }
}

/// What the scheduler knows of the jobs.
#[derive(Debug, PartialEq)]
enum Queue {
    /// It does not answer now. It may later; the files go on telling.
    Unknown,
    /// They are over.
    Empty,
    /// How many are in the same state, for the same reason.
    Tasks(BTreeMap<String, usize>),
}

impl Queue {
    fn ask(jobs: &Jobs) -> Queue {
        let numbers = jobs.numbers();
        if numbers.is_empty() {
            // Somebody took the folder away.
            return Queue::Empty;
        }
        let Ok(tasks) = queued(&numbers) else { return Queue::Unknown };
        let mut counts = BTreeMap::new();
        for QueuedTask { state, place, .. } in &tasks {
            // Where a task runs is not told, why it waits is: some reasons never pass.
            let why = if place.starts_with('(') { format!(" {place}") } else { String::new() };
            *counts.entry(state.to_lowercase() + &why).or_default() += 1;
        }
        if counts.is_empty() { Queue::Empty } else { Queue::Tasks(counts) }
    }

    fn words(&self) -> Option<String> {
        let counts = match self {
            Queue::Unknown => return Some("the scheduler does not answer".into()),
            Queue::Empty => return None,
            Queue::Tasks(counts) => counts,
        };
        let told: Vec<String> =
            counts.iter().map(|(state, number)| format!("{} {state}", count(*number as u64))).collect();
        Some(format!("in the scheduler's queue: {}", told.join(", ")))
    }
}

/// What came of the work whose jobs are over.
fn ended(work: &Work<'_>, runs: &[RunStanding]) -> ExitCode {
    let out = quoted(work.out());
    if !runs.iter().all(RunStanding::is_over) {
        complain(&unheard(work.out()).unwrap_or_else(|| {
            format!(
                "the jobs are over, and not every run is; `toile status {out}` says which and why, and the same command \
                 with --resume submits what is missing"
            )
        }));
        return ExitCode::from(EXIT_ERROR);
    }
    let code = diverged(work, runs);
    if work.answer.exists() {
        say(&format!("results: {}", work.answer.display()));
        return code;
    }
    complain(&format!(
        "the runs are over, and {} is not there; the last file {out}/cluster/logs/gather-*.log says why, and the same \
         command with --gather instead of --on writes it",
        work.answer.display()
    ));
    ExitCode::from(EXIT_ERROR)
}

/// Names the runs that diverged; the exit code, as that of the same work done here.
pub(super) fn diverged(work: &Work<'_>, runs: &[RunStanding]) -> ExitCode {
    let lost: Vec<&RunId> =
        runs.iter().filter(|run| run.state == RunState::Diverged).map(|run| &run.run).collect();
    if lost.is_empty() || !work.needs_every_run {
        return ExitCode::SUCCESS;
    }
    for run in lost {
        complain(&format!("{run} diverged: its loss is no longer finite"));
    }
    ExitCode::from(EXIT_ERROR)
}
