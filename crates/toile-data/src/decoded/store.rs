//! The folder of decoded files.

use std::fs;
use std::path::PathBuf;

use super::file::EXTENSION;
use crate::cache;
use crate::error::DataError;
use crate::load::LoadOptions;

/// A decoded file in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// What it was made from, if it can be read.
    pub place: Option<PathBuf>,
}

/// The folder, made if it is not there.
pub(super) fn folder(options: &LoadOptions) -> Result<PathBuf, DataError> {
    let folder = cache::root(options.cache_dir.as_deref()).ok_or(DataError::NoCache)?.join("decoded");
    let io = |source| DataError::Io { what: "cannot make the folder", path: folder.clone(), source };
    fs::create_dir_all(&folder).map_err(io)?;
    Ok(folder)
}

/// All decoded files there are.
///
/// # Errors
/// A system without a cache folder, and one that cannot be read.
pub fn files(options: &LoadOptions) -> Result<Vec<DecodedFile>, DataError> {
    let folder = folder(options)?;
    let io = |source| DataError::Io { what: "cannot read", path: folder.clone(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).map_err(io)?.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            let bytes = entry.metadata().map_or(0, |found| found.len());
            let place = super::file::read(&path).map(|decoded| decoded.place().to_owned());
            files.push(DecodedFile { path, bytes, place });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Removes all decoded files; those that were there.
///
/// # Errors
/// One that cannot be removed.
pub fn clear(options: &LoadOptions) -> Result<Vec<DecodedFile>, DataError> {
    let files = files(options)?;
    for DecodedFile { path, .. } in &files {
        let io = |source| DataError::Io { what: "cannot remove", path: path.clone(), source };
        fs::remove_file(path).map_err(io)?;
    }
    Ok(files)
}
