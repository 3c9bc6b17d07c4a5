//! Reading a file of a folder of results: only regular files, and none larger than its kind can be.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::error::StoreError;

/// What a file holds, which bounds how large it can honestly be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text that people write or read as a whole: a configuration.
    Text,
    /// A record of a run or of a study, with a confusion matrix of a thousand classes at most.
    Record,
    /// A row an image or an epoch.
    Table,
    /// A picture that Toile drew or packed.
    Picture,
    /// Tensors.
    Tensors,
}

impl Kind {
    fn bytes_max(self) -> u64 {
        match self {
            Kind::Text => 8 << 20,
            Kind::Record => 256 << 20,
            // A hundred thousand images of a thousand classes, at twelve bytes a probability.
            Kind::Table => 2 << 30,
            // A page has room for three megabytes of them; drawings are smaller.
            Kind::Picture => 64 << 20,
            // What fits into the memory of the machines that Toile is for.
            Kind::Tensors => 64 << 30,
        }
    }
}

/// A file's bytes; `None` where there is no such file. A pipe or a device is not waited for.
///
/// # Errors
/// A file that is there and cannot be read, is no regular file, or is too large for what it should hold.
pub fn read(path: &Path, kind: Kind) -> Result<Option<Vec<u8>>, StoreError> {
    match check(path, kind)? {
        Some(()) => absent(path, fs::read(path)),
        None => Ok(None),
    }
}

/// The first bytes of a file, however long it is, at most so many; `None` where there is no such file.
///
/// # Errors
/// A file that is there and cannot be read, or is no regular file.
pub fn first_bytes(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, StoreError> {
    match length(path)? {
        Some(_) => absent(path, piece(path, 0, bytes_max)),
        None => Ok(None),
    }
}

/// The last bytes of a file, as [`first_bytes`].
///
/// # Errors
/// Those of [`first_bytes`].
pub fn last_bytes(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, StoreError> {
    match length(path)? {
        Some(length) => absent(path, piece(path, length.saturating_sub(bytes_max), bytes_max)),
        None => Ok(None),
    }
}

/// Whether a regular file with just these bytes lies there.
pub fn holds(path: &Path, contents: &[u8]) -> bool {
    // Of another length it is another file, and is not read.
    let may_be = matches!(length(path), Ok(Some(length)) if length == contents.len() as u64);
    may_be && fs::read(path).is_ok_and(|there| there == contents)
}

fn piece(path: &Path, start: u64, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Checks what [`read`] checks before it reads; `None` where there is no such file.
pub(crate) fn check(path: &Path, kind: Kind) -> Result<Option<()>, StoreError> {
    match length(path)? {
        Some(bytes) if bytes > kind.bytes_max() => {
            Err(unfit(path, format!("it has {bytes} bytes, more than such a file can have")))
        }
        found => Ok(found.map(|_| ())),
    }
}

/// The bytes of a regular file; `None` where there is none.
fn length(path: &Path) -> Result<Option<u64>, StoreError> {
    let Some(about) = absent(path, fs::metadata(path))? else { return Ok(None) };
    if about.is_file() { Ok(Some(about.len())) } else { Err(unfit(path, "it is no regular file")) }
}

fn unfit(path: &Path, problem: impl Into<String>) -> StoreError {
    StoreError::damaged(path, problem, "move it away; the command that writes it makes it anew")
}

/// That nothing is there is no error.
pub(crate) fn absent<T>(path: &Path, result: io::Result<T>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(StoreError::Unreadable { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_file_are_those_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        assert_eq!((first_bytes(&path, 3).unwrap(), last_bytes(&path, 3).unwrap()), (None, None));
        assert!(!holds(&path, b""));
        fs::write(&path, b"abcde").unwrap();
        for (bytes_max, first, last) in
            [(0, "", ""), (2, "ab", "de"), (5, "abcde", "abcde"), (9, "abcde", "abcde")]
        {
            assert_eq!(first_bytes(&path, bytes_max).unwrap().unwrap(), first.as_bytes());
            assert_eq!(last_bytes(&path, bytes_max).unwrap().unwrap(), last.as_bytes());
        }
        assert!(holds(&path, b"abcde") && !holds(&path, b"abcdf") && !holds(&path, b"abcd"));
    }

    /// Opening a pipe to read waits until somebody writes: none of these may.
    #[cfg(unix)]
    #[test]
    fn no_reader_waits_for_a_pipe() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        for found in [read(&path, Kind::Text), first_bytes(&path, 1), last_bytes(&path, 1)] {
            let error = found.unwrap_err().to_string();
            assert!(error.contains("pipe") && error.contains("no regular file"), "{error}");
        }
        assert!(!holds(&path, b""));
    }

    #[test]
    fn no_file_is_larger_than_its_kind_can_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        let file = File::create(&path).unwrap();
        for kind in [Kind::Text, Kind::Record, Kind::Table, Kind::Picture, Kind::Tensors] {
            // The file has a length and no contents.
            file.set_len(kind.bytes_max() + 1).unwrap();
            let error = check(&path, kind).unwrap_err().to_string();
            assert!(error.contains("more than such a file can have"), "{kind:?}: {error}");
        }
    }
}
