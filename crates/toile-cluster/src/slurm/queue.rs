//! What Slurm knows of what was submitted.

use std::process::Command;

use super::command::run;
use super::error::SlurmError;

/// A task in Slurm's queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedTask {
    /// `12_3`: of the array 12 the third.
    pub id: String,
    /// `PENDING`, `RUNNING`, ...
    pub state: String,
    /// Where it runs, or why it waits.
    pub place: String,
}

/// The tasks of these jobs that are not over. Jobs that Slurm has forgotten have none.
///
/// # Errors
/// Slurm is not there, or does not answer.
pub fn queued(jobs: &[&str]) -> Result<Vec<QueuedTask>, SlurmError> {
    let mut squeue = Command::new("squeue");
    squeue.args(["--noheader", "--array", "--format=%i|%T|%R", "--jobs"]).arg(jobs.join(","));
    match run("squeue", &mut squeue) {
        Ok(answer) => Ok(answer.lines().filter_map(task).collect()),
        Err(SlurmError::Refused { answer, .. }) if answer.contains("Invalid job id") => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn task(line: &str) -> Option<QueuedTask> {
    let [id, state, place] = line.splitn(3, '|').collect::<Vec<_>>().try_into().ok()?;
    Some(QueuedTask { id: id.trim().into(), state: state.trim().into(), place: place.trim().into() })
}

/// Cancels these jobs. Those that are over are left as they are.
///
/// # Errors
/// Slurm is not there, or refuses.
pub fn cancel(jobs: &[&str]) -> Result<(), SlurmError> {
    run("scancel", Command::new("scancel").args(jobs)).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_squeue_are_read() {
        let found = task("12_3|PENDING|(Resources)").unwrap();
        assert_eq!(
            found,
            QueuedTask { id: "12_3".into(), state: "PENDING".into(), place: "(Resources)".into() }
        );
        assert_eq!(task("12_3|RUNNING|n1").unwrap().place, "n1");
        assert_eq!(task("slurm_load_jobs error"), None);
    }
}
