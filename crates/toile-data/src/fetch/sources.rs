//! The sources of a data set, asked one after the other.

use std::path::Path;

use super::folder;
use super::{FetchProgress, Listener};
use crate::definition::Definition;
use crate::error::Attempt;
use crate::files;
use crate::places::Places;

/// Fills the folder with the four files, verified; the source that delivered. Files that are there and sound
/// are kept.
pub(crate) fn fetch(
    definition: &Definition,
    places: &Places,
    folder: &Path,
    progress: Listener<'_>,
) -> Result<String, Vec<Attempt>> {
    let lock = folder::lock(folder, |lock| progress(FetchProgress::Waiting { lock: lock.to_owned() }));
    let _lock = lock.map_err(|error| {
        let source = format!("the cache {}", folder.display());
        let said = format!("{error}\non Linux, XDG_CACHE_HOME=FOLDER in the environment names another place");
        vec![Attempt { source, said }]
    })?;
    let mut attempts = Vec::new();
    let missing: Vec<usize> = (0..4).filter(|&file| !is_sound(definition, folder, file)).collect();
    if missing.is_empty() {
        return Ok("another process".to_owned());
    }
    #[cfg(feature = "fetch")]
    {
        let http = super::http::Client::new();
        // Each mirror is asked for what those before it did not deliver.
        let mut missing = missing;
        for mirror in &places.mirrors {
            progress(FetchProgress::Started { source: mirror.clone() });
            match super::mirror::fetch(definition, &http, mirror, folder, &mut missing, progress) {
                Ok(()) => return done(folder, mirror.clone(), progress),
                Err(said) => fail(mirror.clone(), said, &mut attempts, progress),
            }
        }
    }
    #[cfg(feature = "apt")]
    if let Some(apt_get) = &places.apt_get {
        let source = format!("{} download {}", apt_get.display(), crate::places::PACKAGE);
        progress(FetchProgress::Started { source: source.clone() });
        match super::apt::fetch(definition, apt_get, folder, progress) {
            Ok(()) => return done(folder, source, progress),
            Err(said) => fail(source, said, &mut attempts, progress),
        }
    }
    Err(attempts)
}

fn done(folder: &Path, source: String, progress: Listener<'_>) -> Result<String, Vec<Attempt>> {
    folder::sweep(folder, |name| name.ends_with(".part"));
    progress(FetchProgress::Stored { folder: folder.to_owned() });
    Ok(source)
}

fn fail(source: String, said: String, attempts: &mut Vec<Attempt>, progress: Listener<'_>) {
    progress(FetchProgress::Failed { source: source.clone(), said: said.clone() });
    attempts.push(Attempt { source, said });
}

fn is_sound(definition: &Definition, folder: &Path, file: usize) -> bool {
    let Ok(path) = files::path_in(definition, folder, file) else { return false };
    let Ok(bytes) = files::read(&path) else { return false };
    files::verify(definition, file, "", &bytes, None).is_ok()
}
