//! A round of a search, done by several processes that share its folder: the next one begins when all of its runs are over,
//! whoever did them.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use toile_study::conduct::{self, ShareOutcome, StudyHooks};
use toile_study::run::{Data, HeldRun, Options, RunFolder, Share};
use toile_study::study::Study;

use crate::command_line::command_line;
use crate::exit::{EXIT_ERROR, with_causes};
use crate::progress::{complain, tell};
use crate::stop::EXIT_INTERRUPTED;

/// Between two looks at the runs that others do.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// After this long what they do is tried again, in case they are gone.
const TRY_EVERY: Duration = Duration::from_secs(60);

/// Does this process's share of the round, then what of the rest nobody does, and waits for those who do the others; the
/// exit code where the round did not come to its end.
pub(super) fn work(
    (number, tried): (usize, &Study),
    data: Data<'_>,
    options: &Options,
    hooks: StudyHooks<'_>,
) -> anyhow::Result<Option<ExitCode>> {
    let mut options = options.clone();
    loop {
        let outcome = match number {
            0 => conduct::run_share(tried, data, &options, hooks)?,
            _ => conduct::run_later_share(tried, data, &options, hooks)?,
        };
        let ShareOutcome { held, interrupted, failures, .. } = outcome;
        for (run, error) in &failures {
            complain(&format!("{run}: {}", with_causes(error)));
        }
        if !failures.is_empty() {
            tell(&format!("what was computed is kept; then go on with:\n  {}", command_line()));
            return Ok(Some(ExitCode::from(EXIT_ERROR)));
        }
        if interrupted || !wait(&held, &options, hooks.stop) {
            tell(&format!("stopped at a checkpoint; go on with:\n  {}", command_line()));
            return Ok(Some(ExitCode::from(EXIT_INTERRUPTED)));
        }
        if options.share == Share::All && held.is_empty() {
            return Ok(None);
        }
        // Alike in all processes from the first unit on, which their claims sort out.
        options.share = Share::All;
    }
}

/// Waits until others are done with some runs, or may be gone; false where it is asked to stop.
fn wait(held: &[HeldRun], options: &Options, stop: &AtomicBool) -> bool {
    let is_left = |held: &HeldRun| {
        let folder = RunFolder::new(&options.out, &held.run.model, held.run.seed);
        folder.claim().exists() && !folder.evaluation().exists()
    };
    let begun = Instant::now();
    while held.iter().any(is_left) && begun.elapsed() < TRY_EVERY {
        let look = Instant::now();
        while look.elapsed() < LOOK_EVERY {
            if stop.load(Ordering::Relaxed) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    true
}
