//! Watching what others do in a study's folder.

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use toile_cluster::slurm::queued;
use toile_study::conduct::{RunState, status};

use super::record::Jobs;
use crate::command_line::quoted;
use crate::exit::EXIT_ERROR;
use crate::progress::{complain, say, tell};
use crate::stop::{self, EXIT_INTERRUPTED};
use crate::table::standing;

/// Between two looks at the files at least, and two questions to the scheduler.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// And so many times as long as a look took: a large study's file system is to serve the runs.
const LOOK_SHARE: u32 = 20;
const ASK_EVERY: Duration = Duration::from_secs(30);

/// Says how the study is going whenever that changes, until all of its runs are over and, where `waits_for_jobs`, its
/// jobs are, too. Ctrl-C ends the watching and nothing else.
///
/// # Errors
/// The system takes no handler for signals; the record of the jobs cannot be used.
pub(in super::super) fn follow(out: &Path, waits_for_jobs: bool) -> anyhow::Result<ExitCode> {
    let stopped = stop::soon()?;
    let mut last = String::new();
    let mut asked: Option<Instant> = None;
    let mut in_queue = waits_for_jobs;
    loop {
        let looked = Instant::now();
        let runs = status(out, None);
        let pause = LOOK_EVERY.max(looked.elapsed() * LOOK_SHARE);
        let line = standing::line(&runs);
        if line != last {
            say(&line);
            last = line;
        }
        if waits_for_jobs && asked.is_none_or(|asked| asked.elapsed() >= ASK_EVERY) {
            asked = Some(Instant::now());
            // Where Slurm does not answer now, it may later; the files go on telling.
            in_queue = queued(&Jobs::read(out)?.numbers()).is_ok_and(|tasks| !tasks.is_empty());
        }
        let over = |state: &RunState| matches!(state, RunState::Done | RunState::Diverged);
        let all_over = runs.iter().all(|run| over(&run.state));
        if (all_over || waits_for_jobs) && !in_queue {
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
