//! Reading a file of a folder of results: only regular files, and none larger than its kind can be.

use std::fs;
use std::io;
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

/// Checks what [`read`] checks before it reads; `None` where there is no such file.
pub(crate) fn check(path: &Path, kind: Kind) -> Result<Option<()>, StoreError> {
    let Some(about) = absent(path, fs::metadata(path))? else { return Ok(None) };
    if !about.is_file() {
        let problem = "it is no regular file";
        return Err(StoreError::damaged(
            path,
            problem,
            "move it away; the command that writes it makes it anew",
        ));
    }
    if about.len() > kind.bytes_max() {
        let problem = format!("it has {} bytes, more than such a file can have", about.len());
        return Err(StoreError::damaged(
            path,
            problem,
            "move it away; the command that writes it makes it anew",
        ));
    }
    Ok(Some(()))
}

/// That nothing is there is no error.
pub(crate) fn absent<T>(path: &Path, result: io::Result<T>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(StoreError::Unreadable { path: path.to_owned(), source }),
    }
}
