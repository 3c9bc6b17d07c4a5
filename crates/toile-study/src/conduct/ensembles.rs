//! The ensembles of a study: which runs answer together, and what comes of it.

use std::path::Path;

use toile_store::{RunFolder, RunStatus, StoredRun};

use super::error::ConductError;
use crate::evidence::ensembles::{measure, together};
use crate::evidence::outcomes::{ModelOutcomes, RunOutcomes};
use crate::results::{EnsembleGroup, EnsembleResults, ModelResults};
use crate::study::EnsembleOf;

/// The groups of an ensemble as far as their runs are known, without figures. Seeds that all of its models have are taken
/// in ascending order, so many at a time; what is left over takes no part. `None` without a whole group.
pub(super) fn groups(of: &EnsembleOf, models: &[ModelResults]) -> Option<EnsembleResults> {
    let members: Vec<&ModelResults> =
        of.of.iter().map(|name| models.iter().find(|model| model.name == *name)).collect::<Option<_>>()?;
    let has = |model: &&&ModelResults, seed: u64| model.runs.iter().any(|run| run.seed == seed);
    let mut seeds: Vec<u64> = members.first()?.runs.iter().map(|run| run.seed).collect();
    seeds.retain(|&seed| members.iter().all(|model| has(&model, seed)));
    seeds.sort_unstable();
    let groups: Vec<EnsembleGroup> = seeds
        .chunks_exact(of.size)
        .map(|seeds| EnsembleGroup { seed: seeds[0], seeds: seeds.to_vec(), ..EnsembleGroup::default() })
        .collect();
    // The networks run one after the other for each image.
    let of_one = |model: &&ModelResults| -> usize {
        model.settings.passes() * model.layers.iter().map(|layer| layer.multiply_adds).sum::<usize>()
    };
    let parameters =
        |model: &&ModelResults| -> usize { model.layers.iter().map(|layer| layer.parameters).sum() };
    (!groups.is_empty()).then(|| EnsembleResults {
        name: of.name.clone(),
        of: of.of.clone(),
        size: of.size,
        multiply_adds: of.size * members.iter().map(of_one).sum::<usize>(),
        parameters: of.size * members.iter().map(parameters).sum::<usize>(),
        groups,
    })
}

/// What those groups whose runs are all finished make of every image; fills in their figures. `known` gives what was read
/// of a group before.
pub(super) fn outcomes(
    of: &mut EnsembleResults,
    models: &[ModelResults],
    (out, labels, classes): (&Path, &[u32], usize),
    known: &dyn Fn(&EnsembleGroup) -> Option<RunOutcomes>,
) -> Result<ModelOutcomes, ConductError> {
    let mut runs = Vec::new();
    for group in of.groups.iter().filter(|group| status(of, group, models) == RunStatus::Finished) {
        if let Some(found) = known(group) {
            runs.push(found);
            continue;
        }
        let mut stored = Vec::new();
        for (model, &seed) in of.of.iter().flat_map(|model| group.seeds.iter().map(move |seed| (model, seed)))
        {
            stored.extend(StoredRun::open(&RunFolder::new(out, model, seed))?);
        }
        if stored.len() == of.of.len() * group.seeds.len()
            && let Some((found, run)) = together(&stored, group.seed)?
            && found == labels
        {
            runs.push(run);
        }
    }
    measure(of, &runs, labels, classes);
    Ok(ModelOutcomes { name: of.name.clone(), runs })
}

/// Finished where all of its runs are; diverged where one is and all are over.
pub(super) fn status(of: &EnsembleResults, group: &EnsembleGroup, models: &[ModelResults]) -> RunStatus {
    let members = models.iter().filter(|model| of.of.contains(&model.name));
    let runs = members.flat_map(|model| model.runs.iter().filter(|run| group.seeds.contains(&run.seed)));
    let states: Vec<&RunStatus> = runs.map(|run| &run.status).collect();
    if states.len() < of.of.len() * group.seeds.len() || states.contains(&&RunStatus::Unfinished) {
        return RunStatus::Unfinished;
    }
    let diverged = states.into_iter().find(|status| matches!(status, RunStatus::Diverged { .. }));
    diverged.cloned().unwrap_or(RunStatus::Finished)
}
