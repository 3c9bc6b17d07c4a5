//! Waiting for what others do in a study's folder.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use toile_study::run::{HeldRun, Options, RunFolder};

/// Between two looks at the runs that others do.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// After this long what they do is tried again, in case they are gone.
const TRY_EVERY: Duration = Duration::from_secs(60);

/// Does nothing for so long; false where it is asked to stop.
pub(super) fn pause(time: Duration, stop: &AtomicBool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < time {
        if stop.load(Ordering::Relaxed) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    true
}

/// Waits until others are done with some runs, or may be gone; false where it is asked to stop.
pub(super) fn wait_for_held(held: &[HeldRun], options: &Options, stop: &AtomicBool) -> bool {
    let is_left = |held: &HeldRun| {
        let folder = RunFolder::new(&options.out, &held.run.model, held.run.seed);
        folder.claim().exists() && !folder.evaluation().exists()
    };
    // Not much later than they are taken for dead.
    let longest = TRY_EVERY.min(options.presence.pulse.dead_after);
    let begun = Instant::now();
    while held.iter().any(is_left) && begun.elapsed() < longest {
        if !pause(LOOK_EVERY.min(longest), stop) {
            return false;
        }
    }
    true
}
