//! What other commands found, read back from a study's folder. Each file carries a digest, and is checked against it.
//! All of it can be made again: what cannot be used is told and left out, and stops nothing.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use toile_store::{StoreError, names, sealed};

use super::ablation::Ablation;
use super::attribution::Attribution;
use super::comparison::Comparison;
use super::suspects::SuspectSummary;

const REMEDY: &str = "it is left out; the command that wrote it writes it again";

/// What `toile explain` left: every `explain-*.json`, in the order of their names.
pub fn attributions(out: &Path, notes: &mut Vec<String>) -> Vec<Attribution> {
    let mut names: Vec<String> = fs::read_dir(out)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(names::EXPLAIN_PREFIX) && name.ends_with(".json"))
        .collect();
    names.sort();
    names.iter().filter_map(|name| read(&out.join(name), notes)).collect()
}

/// What `toile explain` left in this file; `None` where there is nothing that can be used.
pub fn attribution(path: &Path) -> Option<Attribution> {
    read(path, &mut Vec::new())
}

/// What `toile ablate` left, or `toile silence`, as it was called at first.
pub fn ablation(out: &Path, notes: &mut Vec<String>) -> Option<Ablation> {
    let path = [names::ABLATION[0], names::SILENCING[0]]
        .map(|name| out.join(name))
        .into_iter()
        .find(|path| path.exists())?;
    read(&path, notes)
}

/// What `toile data suspects` left.
pub fn suspects(out: &Path, notes: &mut Vec<String>) -> Option<SuspectSummary> {
    read(&out.join(names::SUSPECTS[0]), notes)
}

/// That what `toile data suspects` left is not shown, and why.
pub(super) fn without_suspects(out: &Path, problem: &str) -> String {
    StoreError::damaged(&out.join(names::SUSPECTS[0]), problem, REMEDY).to_string()
}

/// The comparison that `toile run` left when every run it was asked for was over.
pub fn comparison(out: &Path, notes: &mut Vec<String>) -> Option<Comparison> {
    read(&out.join(COMPARISON), notes)
}

/// The name of the comparison's file.
pub const COMPARISON: &str = names::COMPARISON;

fn read<T: DeserializeOwned>(path: &Path, notes: &mut Vec<String>) -> Option<T> {
    sealed::read(path, REMEDY).unwrap_or_else(|error| {
        notes.push(error.to_string());
        None
    })
}
