//! A folder that a data set is fetched or staged into: one process at a time, each file whole or not at all.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;

use crate::error::DataError;

/// Keeps bytes under this name: all or nothing, whoever else writes it.
pub(crate) fn store(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), DataError> {
    let write = || -> io::Result<()> {
        let mut builder = tempfile::Builder::new();
        // As any new file, not for this user alone: a cache may be shared.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.prefix(".new-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(folder.join(name))?;
        // The name is durable once the folder is; not every platform lets a folder be opened.
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(())
    };
    write().map_err(|source| DataError::Io { what: "cannot write", path: folder.join(name), source })
}

/// Held while this process fills a folder; another waits its turn. Released when dropped, or by the
/// system when the process dies.
#[derive(Debug)]
pub(crate) struct FolderLock(#[expect(dead_code, reason = "held, not read")] Option<File>);

/// Makes the folder and locks it; `waiting` is told of the lock's path if somebody else holds it.
pub(crate) fn lock(folder: &Path, waiting: impl FnOnce(&Path)) -> Result<FolderLock, DataError> {
    let error = |what| {
        let path = folder.to_owned();
        move |source| DataError::Io { what, path, source }
    };
    fs::create_dir_all(folder).map_err(error("cannot make the folder"))?;
    let path = folder.join(".lock");
    let file = File::create(&path).map_err(error("cannot write to"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            waiting(&path);
            file.lock().map_err(error("cannot lock"))?;
        }
        // A file system without locks: content is verified in memory and stored atomically anyway, so that
        // two at once can cost a download but never corrupt the cache.
        Err(TryLockError::Error(_)) => return Ok(FolderLock(None)),
    }
    // Whoever left these was interrupted: the lock is ours.
    sweep(folder, |name| name.starts_with(".new-") || name.starts_with(".apt-"));
    Ok(FolderLock(Some(file)))
}

/// Removes what of this name is left in a folder. Leftovers do no harm: errors are of no interest.
pub(crate) fn sweep(folder: &Path, is_left: impl Fn(&str) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(&is_left) {
            let path = entry.path();
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}
