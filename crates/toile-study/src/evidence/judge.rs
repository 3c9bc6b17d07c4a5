//! A comparison with its look counted: what `toile compare` and the end of `toile run` do.

use std::path::PathBuf;

use super::compare::{can_decide, compare};
use super::comparison::Comparison;
use super::contender::{Contender, Test};
use super::error::EvidenceError;
use super::outcomes::RunOutcomes;
use super::settings::Question;
use super::{looks, repeats};

/// Compares the models and counts the look in these study folders, where a verdict can come of it.
///
/// # Errors
/// Runs that do not belong together, a damaged count.
pub fn judge(
    question: &Question,
    folders: &[PathBuf],
    test: Test<'_>,
    contenders: &[Contender<'_>],
) -> Result<Comparison, EvidenceError> {
    let shared = in_shared_repeats(contenders);
    let trimmed: Vec<Contender<'_>> =
        contenders.iter().zip(&shared).map(|(of, runs)| Contender { runs, ..*of }).collect();
    let left_out = trimmed.iter().zip(contenders).any(|(left, all)| left.runs.len() < all.runs.len());
    let contenders = &trimmed[..];
    let spends = can_decide(contenders);
    // What cannot be compared is no look: counted once it has been.
    let look = looks::count(folders, question, test, contenders, false)?.look;
    let mut comparison = compare(question, look, test, contenders)?;
    let counted = looks::count(folders, question, test, contenders, spends)?;
    if counted.look != look {
        // Another process has looked meanwhile.
        comparison = compare(question, counted.look, test, contenders)?;
    }
    comparison.warnings.extend(counted.warnings);
    if left_out {
        comparison.warnings.push("Only the repeats that all of these models have are compared.".into());
    }
    Ok(comparison)
}

/// The runs of each; of models that are cross-validated those repeats that all have, since folds are compared with
/// folds.
fn in_shared_repeats(contenders: &[Contender<'_>]) -> Vec<Vec<RunOutcomes>> {
    let with_runs: Vec<&[RunOutcomes]> =
        contenders.iter().map(|of| of.runs).filter(|runs| !runs.is_empty()).collect();
    let are_folded = with_runs.iter().flat_map(|runs| *runs).all(|run| !run.folds.is_empty());
    let shared = repeats::shared_repeats(&with_runs);
    let kept = |run: &&RunOutcomes| !are_folded || shared.contains(&run.seed);
    contenders.iter().map(|of| of.runs.iter().filter(kept).cloned().collect()).collect()
}
