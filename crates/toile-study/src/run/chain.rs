//! Trainings that pass through each other: where nothing but the number of epochs differs, the run of 40 epochs
//! is the run of 20, trained on. Where nothing but the looks at test images differ, it is the same run, measured otherwise.
//! It is then trained once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::data::Data;
use super::job::{Job, Shorter};
use crate::provenance::{provenance, trained_as};
use crate::results::RunStatus;
use crate::study::{Model, Study};
use toile_store::{Checkpoint, RunFolder, RunId, StoredRun};

/// The longest of the study's runs that a run passes through, among those finished in their folders and those
/// that are `planned`. With a validation split there is none: what was best so far would have to move too.
pub(super) fn shorter(
    study: &Study,
    model: &Model,
    seed: u64,
    (out, data): (&Path, Data<'_>),
    planned: &BTreeSet<RunId>,
) -> Option<Shorter> {
    let mut longest: Option<(&Model, Shorter)> = None;
    for other in study.models.iter().filter(|other| model.recipe.passes_through(&other.recipe)) {
        let id = RunId { model: other.name.clone(), seed };
        let folder = RunFolder::new(out, &other.name, seed);
        let is_of = |run: StoredRun| is_finished(&run) && trained_as(&run, &other.recipe);
        let there = planned.contains(&id) || opened(&folder).is_some_and(is_of);
        let is_shorter = |(longest, _): &(&Model, Shorter)| longest.recipe.length() < other.recipe.length();
        if there && longest.as_ref().is_none_or(is_shorter) {
            let provenance = provenance(other, seed, data);
            longest = Some((other, Shorter { id, folder, provenance, epochs: other.recipe.epochs }));
        }
    }
    longest.map(|(_, shorter)| shorter)
}

/// A shorter run that cannot be used is no reason for a longer one not to be trained, from its start.
fn opened(folder: &RunFolder) -> Option<StoredRun> {
    StoredRun::open(folder).ok().flatten()
}

fn is_finished(run: &StoredRun) -> bool {
    run.results.status == RunStatus::Finished && run.folder.checkpoint().exists()
}

impl Shorter {
    /// What the longer run starts from; `None` where the shorter one did not come to its end, came there on other
    /// data, or cannot be read: the longer one then trains from the start.
    pub(super) fn end(&self, data: Data<'_>) -> Option<Checkpoint> {
        let run = opened(&self.folder).filter(is_finished)?;
        let mut checkpoint = Checkpoint::read(&self.folder).ok().flatten()?;
        let belongs = match &checkpoint.provenance {
            Some(provenance) => *provenance == self.provenance,
            None => run.provenance.is_none() && checkpoint.data_digests == data.digests,
        };
        let position = &mut checkpoint.position;
        if !belongs || position.epoch != self.epochs {
            return None;
        }
        // The end of a run is the same for everybody; how long it took stands in its receipt.
        let receipt = run.receipt.unwrap_or_default();
        position.training_seconds = receipt.training_seconds;
        position.evaluation_seconds = receipt.evaluation_seconds;
        position.continued_from = Some(self.id.to_string());
        Some(checkpoint)
    }
}

/// Jobs in chains: each goes on from the end of the one before, where that is among the jobs.
pub(super) fn chains<T>(jobs: Vec<T>, job: impl Fn(&T) -> &Job<'_>) -> Vec<Vec<T>> {
    let mut chains: Vec<Vec<T>> = Vec::new();
    let mut rest: Vec<T> = jobs;
    // A shorter run stands before a longer one, whatever their order in the study.
    rest.sort_by_key(|item| job(item).model.recipe.length());
    // Which chain ends with a run; there may be thousands.
    let mut ending_with: BTreeMap<RunId, usize> = BTreeMap::new();
    for item in rest {
        let before = job(&item).shorter.as_ref().and_then(|shorter| ending_with.remove(&shorter.id));
        let place = before.unwrap_or(chains.len());
        ending_with.insert(job(&item).id.clone(), place);
        match before {
            Some(place) => chains[place].push(item),
            None => chains.push(vec![item]),
        }
    }
    chains
}
