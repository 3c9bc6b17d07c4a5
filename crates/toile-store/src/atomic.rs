//! Files that are whole or not there: written to a temporary name in the same folder, synced, renamed.

use std::fs::{self, File};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A file or folder could not be written. Nothing stands under its final name that did not before.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}; {}", path.display(), remedy(source))]
pub struct WriteError {
    /// What was to be written.
    pub path: PathBuf,
    /// Why it was not.
    pub source: io::Error,
}

/// What a user can do about it.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "make room on the disk, or choose a folder on another one"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "choose a folder you may write to, or change its permissions"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "a file stands where a folder is needed: choose another folder, or move the file away"
        }
        _ => "check the disk, or choose another folder",
    }
}

/// Writes a file whose bytes are at hand.
pub fn write(path: &Path, contents: &[u8]) -> Result<(), WriteError> {
    write_with(path, |file| file.write_all(contents))
}

/// Writes a file piece by piece. Should `fill` or the disk fail, what stood under `path` before stays.
pub fn write_with(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), WriteError> {
    let temporary = temporary_name(path);
    let result = fill_and_sync(&temporary, fill).and_then(|()| fs::rename(&temporary, path));
    if let Err(source) = result {
        // The temporary file is of no use to anybody; that it cannot be removed would change nothing.
        let _ = fs::remove_file(&temporary);
        return Err(WriteError { path: path.to_owned(), source });
    }
    sync_folder(path).map_err(|source| WriteError { path: path.to_owned(), source })
}

/// Writes a file where there is none yet; false where there is one. Of several processes that try at the same time, one
/// succeeds. By a hard link, which network file systems make in one step; where there are none, by the other call that
/// fails where a file is there.
pub fn create(path: &Path, contents: &[u8]) -> Result<bool, WriteError> {
    let failed = |source| WriteError { path: path.to_owned(), source };
    let temporary = temporary_name(path);
    let written = fill_and_sync(&temporary, |file| file.write_all(contents));
    let linked = written.map(|()| fs::hard_link(&temporary, path));
    let _ = fs::remove_file(&temporary);
    match linked.map_err(failed)? {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(_) => match File::create_new(path) {
            Ok(mut file) => file.write_all(contents).map(|()| true).map_err(failed),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(failed(error)),
        },
    }
}

/// Writes a file that may be lost when the machine goes down, but is whole where it is there.
pub(crate) fn write_unsynced(path: &Path, contents: &[u8]) -> Result<(), WriteError> {
    let temporary = temporary_name(path);
    fs::write(&temporary, contents).and_then(|()| fs::rename(&temporary, path)).map_err(|source| {
        let _ = fs::remove_file(&temporary);
        WriteError { path: path.to_owned(), source }
    })
}

/// Removes a file, if it is there.
pub fn remove(path: &Path) -> Result<(), WriteError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(WriteError { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Makes a folder and those above it.
pub fn create_folder(path: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(path).map_err(|source| WriteError { path: path.to_owned(), source })
}

/// A name of its own for each write, so that two writers of one file do not get into each other's way. Processes of two
/// machines, or of two containers, may have the same number: a word drawn by each tells them apart.
pub(crate) fn temporary_name(path: &Path) -> PathBuf {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    static WORD: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
    let name = path.file_name().map_or_else(Default::default, |n| n.to_string_lossy());
    let (process, write) = (std::process::id(), WRITES.fetch_add(1, Ordering::Relaxed));
    path.with_file_name(format!(".{name}.{process}-{:x}-{write}{PARTIAL}", *WORD))
}

/// How temporary names end.
const PARTIAL: &str = ".partial";

/// No honest write takes longer.
const LEFT_BEHIND: Duration = Duration::from_secs(3600);

/// Removes what killed processes left of files that they were writing in this folder.
pub fn remove_leftovers(folder: &Path) {
    let is_old = |entry: &fs::DirEntry| {
        let changed = entry.metadata().and_then(|about| about.modified()).ok();
        changed.and_then(|changed| changed.elapsed().ok()).is_some_and(|age| age > LEFT_BEHIND)
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') && name.ends_with(PARTIAL) && is_old(&entry) {
            // It is of no use to anybody; that it cannot be removed changes nothing.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn fill_and_sync(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    fill(&mut file)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// Makes the new name durable; elsewhere than on Unix a folder cannot be opened for that.
fn sync_folder(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_full_disk_leaves_nothing_under_the_final_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights");
        let error = write_with(&path, |file| {
            file.write_all(&[1; 100_000])?;
            Err(io::ErrorKind::StorageFull.into())
        })
        .unwrap_err();
        assert_eq!(names(folder.path()), Vec::<String>::new());
        assert!(error.to_string().contains("make room on the disk"), "{error}");
    }

    #[test]
    fn a_failure_keeps_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.csv");
        write(&path, b"old").unwrap();
        write_with(&path, |_| Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["results.csv"]);
    }

    #[test]
    fn a_file_in_the_way_of_a_folder_is_told_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs");
        write(&path, b"").unwrap();
        let error = create_folder(&path.join("baseline")).unwrap_err();
        assert!(error.to_string().contains("a file stands where a folder is needed"), "{error}");
    }

    #[test]
    fn two_writers_of_one_file_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        std::thread::scope(|scope| {
            for writer in 0..4u8 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..50 {
                        write(path, &[writer; 5000]).unwrap();
                    }
                });
            }
        });
        let written = fs::read(&path).unwrap();
        assert!(written.len() == 5000 && written.iter().all(|byte| *byte == written[0]));
        assert_eq!(names(folder.path()), ["report.html"]);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_when_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let (old, new) = (temporary_name(&path), temporary_name(&path));
        assert_ne!(old, new);
        let hours = std::time::SystemTime::now() - 2 * LEFT_BEHIND;
        File::create(&old).unwrap().set_modified(hours).unwrap();
        File::create(&new).unwrap();
        remove_leftovers(folder.path());
        assert_eq!((old.exists(), new.exists()), (false, true));
    }
}
