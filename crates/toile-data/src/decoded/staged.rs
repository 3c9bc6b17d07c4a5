//! A decoded file on the stage of this machine: copied from the cache where it is there, else decoded onto it.

use std::path::Path;

use super::contents::Contents;
use super::{build, file, store};
use crate::error::DataError;
use crate::fetch::Listener;
use crate::load::{LoadOptions, Loaded};
use crate::source::DataSource;
use crate::stage::{copy, lock, refused};

/// The source's images from the decoded file of this name.
pub(super) fn open(
    (source, contents): (&DataSource, Contents),
    name: &str,
    (stage, options): (&Path, &LoadOptions),
    progress: Listener<'_>,
) -> Result<Loaded, DataError> {
    let folder = stage.join("decoded");
    let path = folder.join(name);
    if let Some(decoded) = file::read(&path) {
        return decoded.checked(source);
    }
    let _lock = lock(stage, &folder, progress)?;
    if let Some(decoded) = file::read(&path) {
        return decoded.checked(source);
    }
    let cached = store::folder(options).ok().map(|cache| cache.join(name));
    match cached.filter(|cached| file::read(cached).is_some()) {
        Some(cached) => {
            let is_right = |copy: &Path| file::read(copy).is_some_and(|decoded| decoded.is_as_described());
            copy(&cached, &path, is_right).map_err(|problem| refused(stage, problem))?;
        }
        None => {
            build::build(source, contents, &path, progress).map_err(|problem| of_stage(stage, problem))?
        }
    }
    match file::read(&path) {
        Some(decoded) => decoded.checked(source),
        None => Err(refused(stage, DataError::NotKept { path })),
    }
}

/// What goes wrong while decoding may be the pictures' fault.
fn of_stage(stage: &Path, problem: DataError) -> DataError {
    match &problem {
        DataError::Io { path, .. } if path.starts_with(stage) => refused(stage, problem),
        _ => problem,
    }
}
