//! Evidence that commands left in a study's folder, read again: all but the outcomes, which the runs hold.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::error::RunError;
use crate::evidence::Evidence;

/// Where a comparison of a study's models is kept.
const COMPARISON: &str = "comparison.json";
/// Where `toile silence` keeps its answer.
const SILENCING: &str = "silencing.json";

/// The comparison, the attributions and the silencing kept in this folder, as far as they are there.
///
/// # Errors
/// A file that is not as Toile leaves it.
pub(super) fn read_kept(folder: &Path) -> Result<Evidence, RunError> {
    let mut attributions = Vec::new();
    for name in attribution_names(folder) {
        attributions.extend(read(folder, &name)?);
    }
    Ok(Evidence {
        comparison: read(folder, COMPARISON)?,
        silencing: read(folder, SILENCING)?,
        attributions,
        ..Evidence::default()
    })
}

/// `explain-<first>-<second>.json`, in alphabetical order: a folder lists its files in any.
fn attribution_names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|name| name.starts_with("explain-") && name.ends_with(".json")).collect();
    names.sort();
    names
}

fn read<T: for<'de> Deserialize<'de>>(folder: &Path, name: &str) -> Result<Option<T>, RunError> {
    let path = folder.join(name);
    let remedy = "delete it and make it again with the command that made it".to_owned();
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|e| RunError::Unusable {
            path,
            problem: e.to_string(),
            remedy,
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(RunError::Unusable { path, problem: e.to_string(), remedy }),
    }
}
