//! Runs that are known only when others are over.

use toile_store::{RunId, StoreError};

use super::error::RunError;
use super::job::Job;

/// Whoever knows which models of a study can be run, as runs of others come to their end.
pub trait Ready: Sync {
    /// The models that can be run by now and were not named before. `over` is a run that has just come to its end; none
    /// asks for those to begin with, runs that were over before taken into account.
    ///
    /// # Errors
    /// Files of runs that cannot be read.
    fn ready(&self, over: Option<&RunId>) -> Result<Vec<String>, StoreError>;

    /// How many runs there will have been in all, at most.
    fn runs_max(&self) -> usize;
}

/// More runs to do, as others are over.
#[derive(Clone, Copy)]
pub(crate) struct Supply<'s, 'a> {
    /// How many may come, at most.
    pub(crate) most: usize,
    /// Those that can be done after this run.
    pub(crate) after: &'s (dyn Fn(&RunId) -> Result<Vec<Job<'a>>, RunError> + Sync),
}
