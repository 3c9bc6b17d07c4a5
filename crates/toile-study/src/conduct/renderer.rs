//! What is drawn of a study and its runs.

use toile_data::Dataset;
use toile_store::Receipt;

use crate::evidence::Evidence;
use crate::results::StudyResults;
use crate::run::RunView;

/// All that is known of a study, for whoever draws it.
#[derive(Clone, Copy, Debug)]
pub struct StudyView<'a> {
    /// The same for all honest runs.
    pub results: &'a StudyResults,
    /// What is not, as (model, seed, receipt).
    pub receipts: &'a [(String, u64, Receipt)],
    /// What the finished runs prove.
    pub evidence: &'a Evidence,
    /// The test images; absent where a report is made again without the data set.
    pub test: Option<&'a Dataset>,
    /// Whether a run is in the midst of its epochs and waits: what takes long to draw can be left as it is.
    pub between_epochs: bool,
}

/// Makes the files that are drawn, as (name, contents). Pure: the run writes them.
pub trait Renderer: Sync {
    /// Files of a finished run's folder.
    fn run_files(&self, _run: RunView<'_>) -> Vec<(String, Vec<u8>)> {
        Vec::new()
    }

    /// Files of the study's folder, also as `folder/name`.
    fn study_files(&self, _study: StudyView<'_>) -> Vec<(String, Vec<u8>)> {
        Vec::new()
    }

    /// All files of the study's folder that are drawn only where there is something to draw: those of them that
    /// are there from before, and are not drawn now, are removed.
    fn occasional_files(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

/// Draws nothing.
impl Renderer for () {}
