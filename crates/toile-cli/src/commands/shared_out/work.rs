//! Work that is shared out.

use std::path::Path;

use toile_study::conduct::StudyHooks;
use toile_study::run::{Data, Options, UnitCost, unit_costs};
use toile_study::study::Study;

/// The work of a command: runs of these models of a study.
#[derive(Clone, Copy)]
pub(in super::super) struct Work<'a> {
    /// With all models that the command runs.
    pub(in super::super) study: &'a Study,
    pub(in super::super) data: Data<'a>,
    pub(in super::super) options: &'a Options,
    pub(in super::super) hooks: StudyHooks<'a>,
    /// The file that the command leaves when all of it is done.
    pub(in super::super) answer: &'a Path,
    /// Whether runs that diverged keep the command from its end, or are an answer like any other.
    pub(in super::super) needs_every_run: bool,
}

impl Work<'_> {
    pub(super) fn out(&self) -> &Path {
        &self.options.out
    }

    /// What each unit will take with so many threads.
    pub(super) fn costs(&self, threads: usize) -> anyhow::Result<Vec<UnitCost>> {
        let options = Options { threads: Some(threads), jobs: Some(1), ..self.options.clone() };
        Ok(unit_costs(self.study, self.data, &options, self.hooks.executors)?)
    }
}
