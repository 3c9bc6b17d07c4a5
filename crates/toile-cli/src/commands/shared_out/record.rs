//! What was submitted: `cluster/jobs.json` of a study's folder.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toile_store::{names, sealed};

/// What was submitted, in the order of submission.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Jobs {
    /// An array and the job that gathers, each time.
    pub(in super::super) submitted: Vec<[String; 2]>,
}

impl Jobs {
    fn path(out: &Path) -> PathBuf {
        out.join(names::CLUSTER).join("jobs.json")
    }

    /// What was submitted for this folder.
    ///
    /// # Errors
    /// A file that cannot be used.
    pub(in super::super) fn read(out: &Path) -> anyhow::Result<Jobs> {
        let remedy = "delete it; `squeue --me` lists the jobs that are not over";
        Ok(sealed::read(&Jobs::path(out), remedy)?.unwrap_or_default())
    }

    /// # Errors
    /// A file that cannot be written.
    pub(super) fn write(&self, out: &Path) -> anyhow::Result<()> {
        Ok(sealed::write(&Jobs::path(out), self)?)
    }

    /// Their numbers.
    pub(in super::super) fn numbers(&self) -> Vec<&str> {
        self.submitted.iter().flatten().map(String::as_str).collect()
    }
}

/// What is probably wrong where jobs are over and left nothing: a task of theirs writes a log before anything else.
pub(in super::super) fn unheard(out: &Path) -> Option<String> {
    let logs = out.join(names::CLUSTER).join("logs");
    let is_empty = std::fs::read_dir(&logs).ok()?.next().is_none();
    let logs = std::path::absolute(&logs).unwrap_or(logs);
    is_empty.then(|| {
        format!(
            "the jobs are over, and none left a log in {}: unless they were cancelled before they began, the nodes do not see \
             that folder; choose one that all nodes share with --out",
            logs.display()
        )
    })
}
