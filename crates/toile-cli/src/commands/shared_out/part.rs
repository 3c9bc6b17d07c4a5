//! A part of the work, done here.

use std::process::ExitCode;

use toile_study::conduct::{self, ShareOutcome};
use toile_study::numbers::counted;
use toile_study::run::process_words;

use super::super::waiting::wait_for_held;
use super::work::Work;
use crate::command_line::command_line;
use crate::exit::{EXIT_ERROR, with_causes};
use crate::progress::{complain, remark, say, tell};
use crate::stop::EXIT_INTERRUPTED;

/// Does the part, and says what came of it. Runs of it that others do are waited for, and done here where those are gone:
/// a scheduler that is told of success does not come back.
pub(super) fn run(work: Work<'_>) -> anyhow::Result<ExitCode> {
    let Work { study, data, options, hooks, .. } = work;
    let mut before = None;
    let (outcome, interrupted) = loop {
        let outcome = conduct::run_share(study, data, options, hooks)?;
        let is_first = before.is_none();
        before.get_or_insert(outcome.already_done);
        for held in outcome.held.iter().filter(|_| is_first) {
            let by = process_words(&held.holder.process);
            remark(&format!("{} is done by {by}, and waited for", held.run));
        }
        if outcome.interrupted || !outcome.failures.is_empty() || outcome.held.is_empty() {
            let interrupted = outcome.interrupted;
            break (outcome, interrupted);
        }
        if !wait_for_held(&outcome.held, options, hooks.stop) {
            break (outcome, true);
        }
    };
    let ShareOutcome { runs, failures, .. } = &outcome;
    for (run, error) in failures {
        complain(&format!("{run}: {}", with_causes(error)));
    }
    if interrupted {
        tell(&format!("stopped at a checkpoint; go on with:\n  {}", command_line()));
        return Ok(ExitCode::from(EXIT_INTERRUPTED));
    }
    if !failures.is_empty() {
        tell(&format!("what was computed is kept; then go on with:\n  {}", command_line()));
        return Ok(ExitCode::from(EXIT_ERROR));
    }
    say(&format!(
        "{} of this part done, {} of them before; `--gather` writes the report when all parts are",
        counted(*runs, "run"),
        before.unwrap_or_default()
    ));
    Ok(ExitCode::SUCCESS)
}
