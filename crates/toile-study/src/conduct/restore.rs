//! Files that are put right before a study is run.

use std::path::Path;

use toile_store::{RunFolder, RunStatus, StoredRun, atomic};

use super::error::ConductError;
use crate::study::Model;

/// Writes those files of finished runs anew that others read and that are not as the runs left them, and removes what
/// killed processes left behind. Gives a sentence for each file.
pub(super) fn restore(models: &[&Model], out: &Path) -> Result<Vec<String>, ConductError> {
    let mut notes = Vec::new();
    atomic::remove_leftovers(out);
    for model in models {
        for seed in RunFolder::seeds(out, &model.name) {
            let folder = RunFolder::new(out, &model.name, seed);
            for place in [folder.path(), &folder.path().join("weights"), &folder.path().join("checkpoint")] {
                atomic::remove_leftovers(place);
            }
            // One that cannot be used is told where it is needed.
            let Ok(Some(run)) = StoredRun::open(&folder) else { continue };
            if run.results.status != RunStatus::Unfinished {
                notes.extend(run.restore()?);
            }
        }
    }
    Ok(notes)
}
