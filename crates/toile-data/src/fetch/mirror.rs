//! Files from a mirror that has each of them.

use std::fs;
use std::path::Path;

use super::http::Client;
use super::keep::keep;
use super::{FetchProgress, Listener};
use crate::definition::Definition;
use crate::error::DataError;
use crate::files;

/// Fetches the missing files from one mirror; each is struck off the list once it is kept.
pub(super) fn fetch(
    definition: &Definition,
    http: &Client,
    mirror: &str,
    folder: &Path,
    missing: &mut Vec<usize>,
    progress: Listener<'_>,
) -> Result<(), String> {
    // Mirrors may wrap the same content differently: each continues its own partial download only.
    let tag = &files::sha256(mirror.as_bytes())[..8];
    while let Some(&file) = missing.first() {
        let name = definition.files[file].name;
        let url = format!("{mirror}{name}.gz");
        let part = folder.join(format!("{name}.gz.{tag}.part"));
        let mut continued = part.exists();
        loop {
            http.download(&url, &part, &mut |bytes, total| {
                progress(FetchProgress::Bytes { file: format!("{name}.gz"), bytes, total });
            })?;
            let kept = fs::read(&part)
                .map_err(|source| DataError::Io { what: "cannot read", path: part.clone(), source })
                .and_then(|bytes| keep(definition, file, &url, bytes, folder));
            // Kept or wrong: of no more use either way.
            let _ = fs::remove_file(&part);
            match kept {
                Ok(()) => break,
                // What was continued may have been another file's beginning: once more from the start.
                Err(_) if continued => continued = false,
                Err(error) => return Err(error.to_string()),
            }
        }
        missing.remove(0);
    }
    Ok(())
}
