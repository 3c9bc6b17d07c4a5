//! The network in whole numbers of a run that `toile quantize` has been at.

use std::path::Path;

use anyhow::{Context as _, ensure};
use toile_device::int8::Integers;
use toile_export::int8::{integers, program_of};
use toile_store::RunFolder;
use toile_study::int8;
use toile_study::trained::Trained;

use crate::command_line::quoted;

/// The whole numbers of a run's network, from the ranges that its int8 run keeps.
///
/// # Errors
/// A run that has not been quantized, or has been trained again since.
pub(super) fn of_run(trained: &Trained, run: &Path) -> anyhow::Result<Integers> {
    let folder = RunFolder::at(run).filter(|_| run.is_dir()).with_context(|| {
        format!(
            "{} is a file of weights, beside which there is no int8 run; name the run's folder",
            quoted(run)
        )
    })?;
    let beside = int8::beside(&folder);
    let remedy = format!("make it with: toile quantize {}", quoted(folder.path()));
    let kept = int8::read(&beside)?
        .with_context(|| format!("{} is no int8 run\n  {remedy}", quoted(beside.path())))?;
    let is_own = kept.weights_sha256 == trained.weights_sha256() && kept.ranges.len() == tensors(trained);
    ensure!(is_own, "{} was made of other weights\n  {remedy}", quoted(beside.path()));
    let normalizer = trained.normalization.normalizer()?;
    Ok(integers(trained, &kept.ranges, &normalizer)?)
}

/// How many tensors there are ranges of.
fn tensors(trained: &Trained) -> usize {
    program_of(trained).steps.iter().map(|step| step.output).max().unwrap_or(0) + 1
}
