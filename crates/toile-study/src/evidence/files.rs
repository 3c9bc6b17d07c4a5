//! What other commands found, read back from a study's folder.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::de::DeserializeOwned;
use toile_store::names;

use super::attribution::Attribution;
use super::comparison::Comparison;
use super::error::EvidenceError;
use super::silencing::Silencing;

const REMEDY: &str = "delete it; the command that wrote it writes it again";

/// What `toile explain` left: every `explain-*.json`, in the order of their names.
///
/// # Errors
/// A file that is not as Toile writes it.
pub fn attributions(out: &Path) -> Result<Vec<Attribution>, EvidenceError> {
    let mut names: Vec<String> = fs::read_dir(out)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(names::EXPLAIN_PREFIX) && name.ends_with(".json"))
        .collect();
    names.sort();
    names.iter().filter_map(|name| read(&out.join(name)).transpose()).collect()
}

/// What `toile explain` left in this file; `None` where there is none.
///
/// # Errors
/// A file that is not as Toile writes it.
pub fn attribution(path: &Path) -> Result<Option<Attribution>, EvidenceError> {
    read(path)
}

/// What `toile silence` left.
///
/// # Errors
/// A file that is not as Toile writes it.
pub fn silencing(out: &Path) -> Result<Option<Silencing>, EvidenceError> {
    read(&out.join(names::SILENCING[0]))
}

/// The comparison that `toile run` left when every run it was asked for was over.
///
/// # Errors
/// A file that is not as Toile writes it.
pub fn comparison(out: &Path) -> Result<Option<Comparison>, EvidenceError> {
    read(&out.join(COMPARISON))
}

/// The name of the comparison's file.
pub const COMPARISON: &str = names::COMPARISON;

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, EvidenceError> {
    let damaged = |problem: String| EvidenceError::Damaged { path: path.to_owned(), problem, remedy: REMEDY };
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| damaged(error.to_string())),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(damaged(error.to_string())),
    }
}
