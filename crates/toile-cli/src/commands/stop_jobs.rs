//! `toile stop`: cancels what `toile run --on slurm` submitted.

use std::path::PathBuf;
use std::process::ExitCode;

use toile_cluster::slurm::{cancel, queued};

use super::shared_out::Jobs;
use crate::progress::say;

/// Cancels the jobs that were submitted for a study; what they have computed is kept
#[derive(clap::Args, Clone, Debug)]
pub struct StopArgs {
    /// Folder of the results
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Asks the scheduler to cancel them.
///
/// # Errors
/// Nothing was submitted for this folder; the scheduler does not answer, or refuses.
pub fn run(args: &StopArgs) -> anyhow::Result<ExitCode> {
    let out = &args.folder;
    let jobs = Jobs::read(out)?;
    let numbers = jobs.numbers();
    anyhow::ensure!(
        !numbers.is_empty(),
        "{} holds nothing that was submitted to a scheduler; a run on this machine is stopped with Ctrl-C where it was \
         started",
        out.display()
    );
    let tasks = queued(&numbers)?;
    if tasks.is_empty() {
        say("nothing to stop: the jobs are over");
        return Ok(ExitCode::SUCCESS);
    }
    cancel(&numbers)?;
    say(&format!(
        "cancelled: {}; their runs end at a checkpoint, and the same command with --resume goes on from there",
        numbers.join(", ")
    ));
    Ok(ExitCode::SUCCESS)
}
