//! The sources of a data set, asked one after the other.

use std::path::Path;

use super::{FetchProgress, Listener};
use crate::definition::Definition;
#[cfg(feature = "fetch")]
use crate::definition::{Holding, Home};
use crate::error::Attempt;
use crate::files;
use crate::folder;
use crate::places::Places;

/// Fills the folder with the files, each verified where that can be; the source that delivered. Files that are there and sound
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
    let missing: Vec<usize> =
        (0..definition.files.len()).filter(|&file| !is_sound(definition, folder, file)).collect();
    if missing.is_empty() {
        return Ok("another process".to_owned());
    }
    #[cfg(feature = "fetch")]
    {
        let http = super::http::Client::new();
        // Each home is asked for what those before it did not deliver.
        let mut missing = missing;
        for Home { address, holds } in &places.homes {
            let source = address.to_string();
            progress(FetchProgress::Started { source: source.clone() });
            let fetched = match holds {
                Holding::Files => {
                    super::mirror::fetch(definition, &http, address, folder, &mut missing, progress)
                }
                Holding::Zip | Holding::TarGz => {
                    super::archive::fetch(definition, &http, (address, *holds), folder, progress)
                }
            };
            match fetched {
                Ok(()) => return done(folder, source, progress),
                Err(said) => fail(source, said, &mut attempts, progress),
            }
        }
    }
    #[cfg(feature = "apt")]
    if let Some(package) = &places.package {
        let source = format!("{} download {}", package.apt_get.display(), package.name);
        progress(FetchProgress::Started { source: source.clone() });
        match super::apt::fetch(definition, package, folder, progress) {
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
    files::verify_alone(definition, file, "", &bytes).is_ok()
}
