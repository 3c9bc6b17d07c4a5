//! What of a data set is there, without loading or fetching it.

use std::path::PathBuf;

use crate::cache;
use crate::definition::Definition;
use crate::error::DataError;
use crate::files::{self, Checked};
use crate::load::{LoadOptions, Origin, definition};
use crate::places::Places;

/// A place where a data set may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub origin: Origin,
    /// How many of its files are there, unread.
    pub files: usize,
    /// How many it has.
    pub of: usize,
}

impl Place {
    /// Whether every file is there.
    pub fn is_complete(&self) -> bool {
        self.files == self.of
    }
}

/// Whether the content of the data set's files can be verified: whether the digests of the published ones are known.
///
/// # Errors
/// An unknown name.
pub fn is_verifiable(name: &str) -> Result<bool, DataError> {
    Ok(definition(name)?.is_verifiable())
}

/// The places in which [`crate::load`] would look before it fetches, in its order.
///
/// # Errors
/// An unknown name.
pub fn find_places(name: &str, options: &LoadOptions) -> Result<Vec<Place>, DataError> {
    let definition = definition(name)?;
    let origins = match &options.data_dir {
        Some(folder) => vec![Origin::Named(folder.clone())],
        None if definition.embedded.is_some() => vec![Origin::BuiltIn],
        None => {
            let cache = cache::folder(definition, options.cache_dir.as_deref()).map(Origin::Cache);
            cache
                .into_iter()
                .chain(Places::of(definition).system_folders.into_iter().map(Origin::System))
                .collect()
        }
    };
    let of = definition.files.len();
    let count = |origin: &Origin| match folder_of(origin) {
        Some(folder) => (0..of).filter(|&file| files::path_in(definition, folder, file).is_ok()).count(),
        None => of,
    };
    Ok(origins.into_iter().map(|origin| Place { files: count(&origin), of, origin }).collect())
}

/// The files of one place, each read and, where that can be, verified.
#[derive(Debug)]
pub struct FolderReport {
    /// Which place.
    pub origin: Origin,
    /// In the order of the data set's definition.
    pub files: Vec<FileReport>,
}

/// A file and its state.
#[derive(Debug)]
pub struct FileReport {
    /// Name of the uncompressed file.
    pub name: &'static str,
    /// Where it is, where it should be, or a word for what is part of the program.
    pub path: PathBuf,
    /// What came of reading it.
    pub state: FileState,
}

/// Whether a file is the published one.
#[derive(Debug)]
pub enum FileState {
    /// It is.
    Verified {
        /// Its SHA-256, uncompressed.
        sha256: String,
    },
    /// It may be: it is sound, but no digest of the published one is known.
    Unverified {
        /// Its SHA-256, uncompressed.
        sha256: String,
    },
    /// It is not there.
    Missing,
    /// It is not, and why.
    Bad(DataError),
}

impl FolderReport {
    /// Whether every file is there and none is known to be another than the published one.
    pub fn is_sound(&self) -> bool {
        let is_sound = |file: &FileReport| {
            matches!(file.state, FileState::Verified { .. } | FileState::Unverified { .. })
        };
        self.files.iter().all(is_sound)
    }

    /// Whether every file is the published one.
    pub fn is_verified(&self) -> bool {
        self.files.iter().all(|file| matches!(file.state, FileState::Verified { .. }))
    }
}

/// Reads and verifies the files of every place in which at least one is; of a folder the caller names in any
/// case.
///
/// # Errors
/// An unknown name. What is wrong with files stands in the reports.
pub fn inspect(name: &str, options: &LoadOptions) -> Result<Vec<FolderReport>, DataError> {
    let definition = definition(name)?;
    let mut reports = Vec::new();
    for Place { origin, files, of } in find_places(name, options)? {
        if files == 0 && options.data_dir.is_none() {
            continue;
        }
        let files = (0..of).map(|file| report(definition, &origin, file)).collect();
        reports.push(FolderReport { origin, files });
    }
    Ok(reports)
}

fn report(definition: &Definition, origin: &Origin, file: usize) -> FileReport {
    let name = definition.files[file].name;
    let (path, bytes) = match (folder_of(origin), definition.embedded) {
        (Some(folder), _) => match files::path_in(definition, folder, file) {
            Ok(path) => (path.clone(), files::read(&path)),
            Err(_) => return FileReport { name, path: folder.join(name), state: FileState::Missing },
        },
        (None, embedded) => {
            let gz = embedded.map_or_else(Vec::new, |embedded| embedded[file].to_vec());
            (PathBuf::from(format!("built-in {name}")), files::unwrap(gz, name))
        }
    };
    let checked =
        bytes.and_then(|bytes| files::verify_alone(definition, file, &path.display().to_string(), &bytes));
    let state = match checked {
        Ok(Checked { sha256, is_verified: true }) => FileState::Verified { sha256 },
        Ok(Checked { sha256, .. }) => FileState::Unverified { sha256 },
        Err(error) => FileState::Bad(error),
    };
    FileReport { name, path, state }
}

fn folder_of(origin: &Origin) -> Option<&PathBuf> {
    match origin {
        Origin::Named(folder) | Origin::Cache(folder) | Origin::System(folder) => Some(folder),
        Origin::Staged(folder) | Origin::Fetched { folder, .. } => Some(folder),
        Origin::BuiltIn | Origin::Decoded { .. } => None,
    }
}
