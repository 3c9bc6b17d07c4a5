//! A part of the work, done here.

use std::process::ExitCode;

use toile_study::conduct::{self, ShareOutcome};
use toile_study::numbers::counted;
use toile_study::run::process_words;

use super::work::Work;
use crate::command_line::command_line;
use crate::exit::{EXIT_ERROR, with_causes};
use crate::progress::{complain, remark, say, tell};
use crate::stop::EXIT_INTERRUPTED;

/// Does the part, and says what came of it.
pub(super) fn run(work: Work<'_>) -> anyhow::Result<ExitCode> {
    let Work { study, data, options, hooks } = work;
    let outcome = conduct::run_share(study, data, options, hooks)?;
    let ShareOutcome { runs, already_done, held, interrupted, failures } = &outcome;
    for held in held {
        remark(&format!("{} is done by {}", held.run, process_words(&held.holder.process)));
    }
    for (run, error) in failures {
        complain(&format!("{run}: {}", with_causes(error)));
    }
    if *interrupted {
        tell(&format!("stopped at a checkpoint; go on with:\n  {}", command_line()));
        return Ok(ExitCode::from(EXIT_INTERRUPTED));
    }
    if !failures.is_empty() {
        tell(&format!("what was computed is kept; then go on with:\n  {}", command_line()));
        return Ok(ExitCode::from(EXIT_ERROR));
    }
    let done = runs - held.len();
    say(&format!(
        "{} of this part done, {already_done} of them before; `--gather` writes the report when all parts are",
        counted(done, "run")
    ));
    Ok(ExitCode::SUCCESS)
}
