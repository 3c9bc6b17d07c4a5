//! Why a file of a run cannot be used, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use crate::run_id::RunId;

/// A file that a run left cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file may be as it was left: the machine did not let us read it. Nothing has to be deleted.
    #[error("cannot read {}: {source}; {}", path.display(), way_to_read(source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why it could not be read.
        source: io::Error,
    },
    /// The file is not as it was left.
    #[error("{} cannot be used: {problem}; {remedy}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What to do, at the least cost.
        remedy: String,
    },
    /// The file is whole, and is not of the test images: its run was shown none of them.
    #[error(
        "{} is of images held out of training: {run} is a candidate of `toile sweep`, which is shown no test image; train \
         its model with `toile run` to have it tested, or measure this network with `toile eval`",
        path.display()
    )]
    Untested {
        /// The file.
        path: PathBuf,
        /// The run.
        run: RunId,
    },
}

impl StoreError {
    /// A file that is not as it was left.
    pub fn damaged(path: &Path, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        StoreError::Damaged { path: path.to_owned(), problem: problem.into(), remedy: remedy.into() }
    }

    /// Which file.
    pub fn path(&self) -> &Path {
        match self {
            StoreError::Unreadable { path, .. }
            | StoreError::Damaged { path, .. }
            | StoreError::Untested { path, .. } => path,
        }
    }
}

/// "Too many open files", of this process or of the machine, as Unix numbers it. The standard library has no kind
/// for it.
const TOO_MANY_FILES: [i32; 2] = [24, 23];

fn way_to_read(error: &io::Error) -> &'static str {
    if cfg!(unix) && error.raw_os_error().is_some_and(|code| TOO_MANY_FILES.contains(&code)) {
        return "close other programs or raise the limit of open files (ulimit -n), then try again";
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "give yourself the permission to read it, or use the account that made it"
        }
        io::ErrorKind::OutOfMemory => "close other programs to free memory, then try again",
        _ => "check the disk, then try again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_cannot_be_read_is_never_to_be_deleted() {
        let permission = io::Error::from(io::ErrorKind::PermissionDenied);
        for (source, expected) in
            [(permission, "permission to read"), (io::Error::from_raw_os_error(24), "ulimit -n")]
        {
            let text = StoreError::Unreadable { path: "a/seed-0/evaluation.json".into(), source }.to_string();
            assert!(text.contains(expected) && text.contains("evaluation.json"), "{text}");
            assert!(!text.contains("delete"), "{text}");
        }
    }
}
