//! Why predictions that other programs made cannot be compared.

use std::path::{Path, PathBuf};

use toile_store::StoreError;

use crate::evidence::contender_error::ContenderError;

/// Why predictions that other programs made cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// What was named is nothing that could be compared.
    #[error("{argument}: {problem}; {remedy}")]
    Argument {
        /// As it was typed.
        argument: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// A file that does not hold what it should.
    #[error("{}{}: {problem}; {remedy}", path.display(), line.map_or(String::new(), |line| format!(", line {line}")))]
    File {
        /// The file.
        path: PathBuf,
        /// Its line, from 1, where it is in one.
        line: Option<u64>,
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// Runs of Toile among them.
    #[error(transparent)]
    Contender(#[from] ContenderError),
    /// A file that cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is wrong with a file, before it is known which file it is.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    pub(super) line: Option<u64>,
    pub(super) problem: String,
    pub(super) remedy: String,
}

impl Wrong {
    pub(super) fn on(line: u64, problem: impl Into<String>, remedy: impl Into<String>) -> Wrong {
        Wrong { line: Some(line), problem: problem.into(), remedy: remedy.into() }
    }

    pub(super) fn of_all(problem: impl Into<String>, remedy: impl Into<String>) -> Wrong {
        Wrong { line: None, problem: problem.into(), remedy: remedy.into() }
    }

    pub(super) fn with(self, path: &Path) -> OutsideError {
        let Wrong { line, problem, remedy } = self;
        OutsideError::File { path: path.to_owned(), line, problem, remedy }
    }
}
