//! Fetching a data set into the cache: mirrors over HTTP, then Debian's package through apt.

mod apt;
mod http;

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache;
use crate::definition::Definition;
use crate::error::{Attempt, DataError};
use crate::files;

pub(crate) use apt::PACKAGE;

/// What happens while a data set is fetched. The library itself prints nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchProgress {
    /// A source is asked.
    Started {
        /// Address or command.
        source: String,
    },
    /// Bytes of a file have come.
    Bytes {
        /// Name of the file.
        file: String,
        /// So far, those of an earlier, interrupted fetch included.
        bytes: u64,
        /// In the end, if the source says.
        total: Option<u64>,
    },
    /// Another process fetches the same; this one waits for it.
    Waiting {
        /// The file it holds locked.
        lock: PathBuf,
    },
    /// A source could not deliver; the next is asked.
    Failed {
        /// Address or command.
        source: String,
        /// What it said.
        said: String,
    },
    /// The data set is complete, verified and kept.
    Stored {
        /// In which folder.
        folder: PathBuf,
    },
}

/// Who is told.
pub(crate) type Listener<'a> = &'a mut dyn FnMut(FetchProgress);

/// Where to look beyond the folder the user names and the cache.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// Folders that other software fills.
    pub(crate) system_folders: Vec<PathBuf>,
    /// Addresses below which the four files lie in gzip; each ends in a slash.
    pub(crate) mirrors: Vec<String>,
    /// The command that fetches Debian's package.
    pub(crate) apt_get: Option<PathBuf>,
}

impl Places {
    /// Those of a data set of the catalogue.
    pub(crate) fn of(definition: &Definition) -> Places {
        if definition.embedded.is_some() {
            return Places { system_folders: Vec::new(), mirrors: Vec::new(), apt_get: None };
        }
        Places {
            system_folders: vec!["/usr/share/datasets/fashion-mnist".into()],
            mirrors: vec![
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/".to_owned(),
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
                    .to_owned(),
            ],
            apt_get: Some("apt-get".into()),
        }
    }
}

/// Fills the folder with the four files, verified; the source that delivered. Files that are there and sound
/// are kept.
pub(crate) fn fetch(
    definition: &Definition,
    places: &Places,
    folder: &Path,
    progress: Listener<'_>,
) -> Result<String, Vec<Attempt>> {
    let lock = cache::lock(folder, |lock| progress(FetchProgress::Waiting { lock: lock.to_owned() }));
    let _lock = lock.map_err(|error| {
        let source = format!("the cache {}", folder.display());
        let said = format!("{error}\non Linux, XDG_CACHE_HOME=FOLDER in the environment names another place");
        vec![Attempt { source, said }]
    })?;
    let mut attempts = Vec::new();
    let mut missing: Vec<usize> = (0..4).filter(|&file| !is_sound(definition, folder, file)).collect();
    if missing.is_empty() {
        return Ok("another process".to_owned());
    }
    let http = http::Client::new();
    for mirror in &places.mirrors {
        progress(FetchProgress::Started { source: mirror.clone() });
        match from_mirror(definition, &http, mirror, folder, &mut missing, progress) {
            Ok(()) => return done(folder, mirror.clone(), progress),
            Err(said) => fail(mirror.clone(), said, &mut attempts, progress),
        }
    }
    if let Some(apt_get) = &places.apt_get {
        let source = format!("{} download {PACKAGE}", apt_get.display());
        progress(FetchProgress::Started { source: source.clone() });
        match apt::fetch(definition, apt_get, folder, progress) {
            Ok(()) => return done(folder, source, progress),
            Err(said) => fail(source, said, &mut attempts, progress),
        }
    }
    Err(attempts)
}

fn done(folder: &Path, source: String, progress: Listener<'_>) -> Result<String, Vec<Attempt>> {
    cache::sweep(folder, |name| name.ends_with(".part"));
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

/// Fetches the missing files from one mirror; each is struck off the list once it is kept.
fn from_mirror(
    definition: &Definition,
    http: &http::Client,
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

/// Unwraps, verifies and keeps a fetched file.
fn keep(
    definition: &Definition,
    file: usize,
    origin: &str,
    bytes: Vec<u8>,
    folder: &Path,
) -> Result<(), DataError> {
    let bytes = files::unwrap(bytes, origin)?;
    files::verify(definition, file, origin, &bytes, None)?;
    cache::store(folder, definition.files[file].name, &bytes)
}

#[cfg(test)]
mod tests;
