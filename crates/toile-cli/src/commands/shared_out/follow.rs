//! Watching what others do in a study's folder.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use toile_cluster::slurm::{QueuedTask, queued};
use toile_study::conduct::{RunState, status};
use toile_study::numbers::count;

use super::record::Jobs;
use crate::command_line::quoted;
use crate::exit::EXIT_ERROR;
use crate::progress::{complain, say, tell};
use crate::stop::EXIT_INTERRUPTED;
use crate::table::standing;

/// Between two looks at the files at least, and two questions to the scheduler.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// And so many times as long as a look took: a large study's file system is to serve the runs.
const LOOK_SHARE: u32 = 20;
const ASK_EVERY: Duration = Duration::from_secs(30);

/// Says how the study is going whenever that changes, until all of its runs are over and, where `waits_for_jobs`, its
/// jobs are, too. Where `stopped` is set it ends the watching and nothing else.
///
/// # Errors
/// The record of the jobs cannot be used.
pub(in super::super) fn follow(
    out: &Path,
    waits_for_jobs: bool,
    stopped: &AtomicBool,
) -> anyhow::Result<ExitCode> {
    let mut last = String::new();
    let mut asked: Option<Instant> = None;
    let mut queue: Option<Queue> = None;
    loop {
        let looked = Instant::now();
        let runs = status(out, None);
        let pause = LOOK_EVERY.max(looked.elapsed() * LOOK_SHARE);
        let over = |state: &RunState| matches!(state, RunState::Done | RunState::Diverged);
        let all_over = !runs.is_empty() && runs.iter().all(|run| over(&run.state));
        // With nothing but the gathering left, at every look.
        if waits_for_jobs && (all_over || asked.is_none_or(|asked| asked.elapsed() >= ASK_EVERY)) {
            asked = Some(Instant::now());
            let found = Some(Queue::ask(&Jobs::read(out)?));
            if found != queue {
                queue = found;
                queue.as_ref().and_then(Queue::words).iter().for_each(|words| say(words));
            }
        }
        let line = standing::line(&runs);
        if line != last {
            say(&line);
            last = line;
        }
        let is_over = if waits_for_jobs { queue == Some(Queue::Empty) } else { all_over };
        if is_over {
            return Ok(ended(out, all_over));
        }
        let wake = Instant::now() + pause;
        while Instant::now() < wake {
            if stopped.load(Ordering::Relaxed) {
                let out = quoted(out);
                tell(&format!(
                    "\nthe work goes on without this; see how with:\n  toile status {out} --watch\nand stop it with:\n  toile stop {out}"
                ));
                return Ok(ExitCode::from(EXIT_INTERRUPTED));
            }
            std::thread::sleep(Duration::from_millis(100));
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

fn ended(out: &Path, all_over: bool) -> ExitCode {
    if all_over {
        say(&format!("results: {}", out.join(toile_study::names::REPORT).display()));
        return ExitCode::SUCCESS;
    }
    complain(&format!(
        "the jobs are over, and not every run is; `toile status {}` says which and why, and the same command with --resume \
         submits what is missing",
        quoted(out)
    ));
    ExitCode::from(EXIT_ERROR)
}
