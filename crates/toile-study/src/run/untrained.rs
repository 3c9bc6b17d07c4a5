//! The folder of a run whose weights no training left: it was measured, and has no epochs.

use std::collections::BTreeMap;

use toile_store::{Ending, Provenance, Receipt, RunFolder, RunId, atomic, sha256};

use super::error::RunError;
use super::keeper::{Draw, RunView};
use crate::metrics;
use crate::results::{Evaluation, RunStatus};

/// What such a folder holds, beside its weights.
pub(super) struct Untrained<'a> {
    pub(super) folder: &'a RunFolder,
    pub(super) config: &'a str,
    pub(super) provenance: &'a Provenance,
    pub(super) receipt: &'a Receipt,
    pub(super) class_names: &'a [String],
    pub(super) evaluation: &'a Evaluation,
    /// `predictions.csv`.
    pub(super) predictions: &'a str,
}

impl Untrained<'_> {
    /// Writes the folder; `evaluation.json` last, because it is what makes the run finished.
    pub(super) fn write(&self, draw: &Draw<'_>) -> Result<(), RunError> {
        let Untrained { folder, config, provenance, class_names, evaluation, predictions, .. } = *self;
        atomic::create_folder(folder.path())?;
        atomic::write(&folder.predictions(), predictions.as_bytes())?;
        let matrix = metrics::confusion_csv(class_names, &evaluation.confusion);
        atomic::write(&folder.file("confusion_matrix.csv"), matrix.as_bytes())?;
        let RunId { model, seed } = folder.id();
        let title = &format!("{model} (seed {seed})");
        let view = RunView { run: folder.id(), title, class_names, evaluation, epochs: &[] };
        for (name, contents) in draw(view) {
            atomic::write(&folder.file(&name), &contents)?;
        }
        folder.write_epoch_rows(&[])?;
        folder.write_receipt(self.receipt)?;
        atomic::write(&folder.config(), config.as_bytes())?;
        let files = BTreeMap::from([
            ("predictions.csv".to_owned(), sha256(predictions.as_bytes())),
            ("config.toml".to_owned(), sha256(config.as_bytes())),
        ]);
        folder.write_ending(&Ending {
            status: RunStatus::Finished,
            evaluation: Some(evaluation.clone()),
            provenance: Some(provenance.clone()),
            rows: Some(Vec::new()),
            files,
        })?;
        Ok(())
    }
}
