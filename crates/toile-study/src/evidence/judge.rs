//! A comparison with its look counted: what `toile compare` and the end of `toile run` do.

use std::path::PathBuf;

use super::compare::{can_decide, compare};
use super::comparison::Comparison;
use super::contender::{Contender, Test};
use super::error::EvidenceError;
use super::looks;
use super::settings::Question;

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
    Ok(comparison)
}
