//! A round of a search, done by several processes that share its folder: the next one begins when all of its runs are over,
//! whoever did them.

use std::process::ExitCode;

use toile_study::conduct::{self, ShareOutcome, StudyHooks};
use toile_study::run::{Data, Options, Share};
use toile_study::study::Study;

use super::super::waiting::wait_for_held;
use crate::command_line::command_line;
use crate::exit::{EXIT_ERROR, with_causes};
use crate::progress::{complain, tell};
use crate::stop::EXIT_INTERRUPTED;

/// Does this process's share of the round, then what of the rest nobody does, and waits for those who do the others; the
/// exit code where the round did not come to its end.
pub(super) fn work(
    tried: &Study,
    data: Data<'_>,
    options: &Options,
    hooks: StudyHooks<'_>,
) -> anyhow::Result<Option<ExitCode>> {
    let mut options = options.clone();
    loop {
        let outcome = conduct::run_share(tried, data, &options, hooks)?;
        let ShareOutcome { held, interrupted, failures, .. } = outcome;
        for (run, error) in &failures {
            complain(&format!("{run}: {}", with_causes(error)));
        }
        if !failures.is_empty() {
            tell(&format!("what was computed is kept; then go on with:\n  {}", command_line()));
            return Ok(Some(ExitCode::from(EXIT_ERROR)));
        }
        if interrupted || !wait_for_held(&held, &options, hooks.stop) {
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
