//! What can go wrong between a study and Slurm.

use std::io;

/// Slurm did not take a study's work.
#[derive(Debug, thiserror::Error)]
pub enum SlurmError {
    /// A program of Slurm's is not there.
    #[error(
        "`{program}` is not to be found: run this on a machine of the cluster that submits jobs, or load Slurm's module \
         there; without Slurm, `toile plan` lists the units of work for other ways"
    )]
    NotThere {
        /// `sbatch`, `scancel`.
        program: &'static str,
    },
    /// A program of Slurm's could not be started.
    #[error("cannot start `{program}`: {source}; try it by hand")]
    NotStarted {
        /// Which.
        program: &'static str,
        /// Why.
        source: io::Error,
    },
    /// Slurm said no.
    #[error("Slurm refused: {}; {remedy}", said(answer))]
    Refused {
        /// What its program wrote.
        answer: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Slurm's program wrote something else than the number of a job.
    #[error(
        "`sbatch` did not answer with the number of a job but with {answer:?}; look for the job with `squeue --me`"
    )]
    NoNumber {
        /// What it wrote.
        answer: String,
    },
}

/// Slurm's answer in one line, without the name of its program in front of each.
fn said(answer: &str) -> String {
    let lines =
        answer.lines().map(|line| line.trim_start_matches("sbatch: ").trim_start_matches("error: ").trim());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

/// What to do where Slurm refuses for this reason.
pub(super) fn remedy(answer: &str) -> &'static str {
    let answer = answer.to_ascii_lowercase();
    let has = |word: &str| answer.contains(word);
    if has("configuration source") {
        "run this on a machine of the cluster that submits jobs"
    } else if has("--time") || has("requested time") {
        "choose another --time"
    } else if has("partition") {
        "choose one of the partitions that `sinfo` lists, with --partition"
    } else if has("limit") || has("qos") || has("quota") {
        "ask for less: fewer tasks with a larger --runs-per-task, a shorter --time, or another --sbatch-arg=--qos=..."
    } else if has("account") {
        "name an account that you may use, with --account; `sacctmgr show associations user=$USER` lists them"
    } else if has("array") {
        "make fewer tasks, with a larger --runs-per-task"
    } else if has("contact") || has("connect") || has("controller") {
        "the cluster's controller does not answer: try again later"
    } else {
        "the scripts are in the folder `cluster` of the results: try them with `sbatch` by hand"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_what_slurm_said_and_what_to_do() {
        for (answer, expected) in [
            (
                "sbatch: error: invalid partition specified: gpu\nsbatch: error: Batch job submission failed: Invalid partition name specified\n",
                "Slurm refused: invalid partition specified: gpu; Batch job submission failed: Invalid partition name specified; choose one of the partitions",
            ),
            (
                "sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified",
                "choose one of",
            ),
            (
                "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
                "ask for less",
            ),
            (
                "sbatch: error: Batch job submission failed: Invalid job array specification",
                "make fewer tasks",
            ),
            (
                "sbatch: error: Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)",
                "another --time",
            ),
            ("sbatch: fatal: Could not establish a configuration source", "on a machine of the cluster"),
            ("sbatch: error: Unable to contact slurm controller (connect failure)", "try again later"),
        ] {
            let error = SlurmError::Refused { answer: answer.into(), remedy: remedy(answer) }.to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
