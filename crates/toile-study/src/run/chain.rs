//! Trainings that pass through each other: where nothing but the number of epochs differs, the run of 40 epochs
//! is the run of 20, trained on. It is then trained once.

use std::path::Path;

use super::data::Data;
use super::error::RunError;
use super::job::{Job, Shorter};
use crate::recorded::holds;
use crate::results::RunStatus;
use crate::study::{Model, Study};
use toile_store::Checkpoint;
use toile_store::RunFolder;
use toile_store::RunId;

/// The longest of the study's runs that a run passes through, among those finished in their folders and those
/// that are `planned`. With a validation split there is none: what was best so far would have to move too.
pub(super) fn shorter(
    study: &Study,
    model: &Model,
    seed: u64,
    out: &Path,
    planned: &[RunId],
) -> Result<Option<Shorter>, RunError> {
    let mut longest: Option<Shorter> = None;
    for other in study.models.iter().filter(|other| model.recipe.passes_through(&other.recipe)) {
        let id = RunId { model: other.name.clone(), seed };
        let folder = RunFolder::new(out, &other.name, seed);
        let there = planned.contains(&id) || (is_finished(&folder)? && holds(&folder, &other.recipe)?);
        if there && longest.as_ref().is_none_or(|longest| longest.epochs < other.recipe.epochs) {
            longest = Some(Shorter { id, folder, epochs: other.recipe.epochs });
        }
    }
    Ok(longest)
}

fn is_finished(folder: &RunFolder) -> Result<bool, RunError> {
    let finished = folder.ending()?.is_some_and(|ending| ending.status == RunStatus::Finished);
    Ok(finished && folder.checkpoint().exists())
}

impl Shorter {
    /// What the longer run starts from; `None` where the shorter one did not come to its end, or came there on
    /// other data.
    pub(super) fn end(&self, data: Data<'_>) -> Result<Option<Checkpoint>, RunError> {
        if !is_finished(&self.folder)? {
            return Ok(None);
        }
        // One that cannot be read is no reason to touch a finished run: the longer one then trains from the start.
        let Ok(Some(mut checkpoint)) = Checkpoint::read(&self.folder) else { return Ok(None) };
        let position = &mut checkpoint.position;
        if position.epoch != self.epochs || checkpoint.data_digests != data.digests {
            return Ok(None);
        }
        // The end of a run is the same for everybody; how long it took stands in its receipt.
        let receipt = self.folder.read_receipt()?.unwrap_or_default();
        position.training_seconds = receipt.training_seconds;
        position.evaluation_seconds = receipt.evaluation_seconds;
        position.continued_from = Some(self.id.to_string());
        Ok(Some(checkpoint))
    }
}

/// Jobs in rows: each goes on from the end of the one before, where that is among the jobs.
pub(super) fn rows<T>(jobs: Vec<T>, job: impl Fn(&T) -> &Job<'_>) -> Vec<Vec<T>> {
    let mut rows: Vec<Vec<T>> = Vec::new();
    let mut rest: Vec<T> = jobs;
    // A shorter run stands before a longer one, whatever their order in the study.
    rest.sort_by_key(|item| job(item).model.recipe.epochs);
    for item in rest {
        let before = job(&item).shorter.as_ref().map(|shorter| shorter.id.clone());
        let row = rows.iter_mut().find(|row| row.last().map(|last| &job(last).id) == before.as_ref());
        match row {
            Some(row) => row.push(item),
            None => rows.push(vec![item]),
        }
    }
    rows
}
