//! Data that are copied to a folder of this machine once, and read from there by all its processes: where a thousand of them
//! would read a folder that all machines share. Whoever comes first copies, the others wait for it; a copy has its name
//! when it is whole, and is believed when its digests are right.

use std::fs;
use std::io;
use std::path::Path;

use crate::error::DataError;
use crate::fetch::{FetchProgress, Listener};
use crate::files;
use crate::folder::{self, FolderLock};
use crate::load::{self, LoadOptions, Loaded, Origin, with};

/// A data set of the catalogue from its stage, where it is put now if it is not there: as it is found otherwise.
pub(crate) fn load(
    name: &str,
    (stage, options): (&Path, &LoadOptions),
    progress: Listener<'_>,
) -> Result<Loaded, DataError> {
    let definition = load::definition(name)?;
    // What is part of the program is at hand on every machine.
    if definition.embedded.is_some() && options.data_dir.is_none() {
        return load::load(name, options, progress);
    }
    let folder = stage.join(definition.folder);
    let staged = || {
        let decoded = files::load_folder(definition, &folder)?;
        Ok(with(definition, Origin::Staged(folder.clone()))(decoded))
    };
    if let Ok(loaded) = staged() {
        return Ok(loaded);
    }
    let _lock = lock(stage, &folder, progress)?;
    // Whoever held the lock has done it, perhaps.
    if let Ok(loaded) = staged() {
        return Ok(loaded);
    }
    let found = load::load(name, options, progress)?;
    let (Origin::Named(from)
    | Origin::Cache(from)
    | Origin::System(from)
    | Origin::Staged(from)
    | Origin::Fetched { folder: from, .. }) = &found.origin
    else {
        return Ok(found);
    };
    for (file, spec) in definition.files.iter().enumerate() {
        let bytes = files::read(&files::path_in(definition, from, file)?)?;
        folder::store(&folder, spec.name, &bytes).map_err(|problem| refused(stage, problem))?;
    }
    staged().map_err(|problem| refused(stage, problem))
}

/// Keeps other processes of this machine from doing the same meanwhile.
pub(crate) fn lock(stage: &Path, folder: &Path, progress: Listener<'_>) -> Result<FolderLock, DataError> {
    let waiting = |lock: &Path| progress(FetchProgress::Waiting { lock: lock.to_owned() });
    folder::lock(folder, waiting).map_err(|problem| refused(stage, problem))
}

/// Copies a file: under its name it is whole and right or not there.
pub(crate) fn copy(from: &Path, to: &Path, is_right: impl Fn(&Path) -> bool) -> Result<(), DataError> {
    let folder = to.parent().expect("a file of the stage's folder");
    let write = || -> io::Result<bool> {
        let mut builder = tempfile::Builder::new();
        // Others may have mapped it: nobody is to change it.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o444));
        let mut file = builder.prefix(".new-").tempfile_in(folder)?;
        io::copy(&mut fs::File::open(from)?, &mut file)?;
        file.as_file().sync_all()?;
        if !is_right(file.path()) {
            return Ok(false);
        }
        file.persist(to)?;
        Ok(true)
    };
    match write() {
        Ok(true) => Ok(()),
        Ok(false) => Err(DataError::Copy { from: from.to_owned() }),
        Err(source) => Err(DataError::Io { what: "cannot write", path: to.to_owned(), source }),
    }
}

/// That the stage is what something is wrong with.
pub(crate) fn refused(stage: &Path, problem: DataError) -> DataError {
    DataError::Stage { folder: stage.to_owned(), problem: Box::new(problem) }
}
