//! What stands in one folder.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use crate::listing::kind::{FileKind, is_hidden};
use crate::listing::{Skipped, modified_ns};
use crate::plain_text::{escaped, is_no_plain_text};

/// Why what has such a name is passed over.
pub(super) const NO_PLAIN_NAME: &str = "its name is not one line of plain text: rename it, without control characters, byte-order marks and \
                                        marks that turn the direction of writing";

/// What stands in a folder; hidden things left out.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) folders: Vec<Folder>,
    pub(super) pictures: Vec<Picture>,
    pub(super) skipped: Vec<Skipped>,
}

/// A folder in it, or a link to one. Its name may be no plain text: a class of such a name is refused, not passed over.
pub(super) struct Folder {
    pub(super) name: String,
    pub(super) path: PathBuf,
}

/// A file in it, or a link to one, whose name is a picture's.
pub(super) struct Picture {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) modified_ns: i128,
}

/// Reads a folder. What cannot be read in it is skipped, with its reason.
pub(super) fn read(path: &Path) -> io::Result<Entries> {
    let mut entries = Entries::default();
    for entry in fs::read_dir(path)? {
        entries.add(&entry?);
    }
    Ok(entries)
}

impl Entries {
    fn add(&mut self, entry: &DirEntry) {
        let name = match entry.file_name().into_string() {
            Ok(name) if is_hidden(&name) => return,
            Ok(name) => name,
            Err(name) if name.to_string_lossy().starts_with('.') => return,
            Err(_) => return self.skip(entry.path(), "its name is not UTF-8: rename it"),
        };
        let path = entry.path();
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(error) => return self.skip(path, format!("it cannot be read: {error}")),
        };
        if kind.is_symlink() {
            match fs::metadata(&path) {
                Ok(target) if target.is_dir() => self.folders.push(Folder { name, path }),
                Ok(target) if target.is_file() => self.file(name, path, || Ok(target)),
                Ok(_) => self.skip(path, "it is a link to something that is no file"),
                Err(error) => {
                    let reason = broken(&path, &error);
                    self.skip(path, reason);
                }
            }
        } else if kind.is_dir() {
            self.folders.push(Folder { name, path });
        } else if kind.is_file() {
            self.file(name, path, || entry.metadata());
        } else {
            self.skip(path, "it is no file");
        }
    }

    fn file(&mut self, name: String, path: PathBuf, metadata: impl FnOnce() -> io::Result<fs::Metadata>) {
        if name.contains(is_no_plain_text) {
            return self.skip(path, NO_PLAIN_NAME);
        }
        if let Some(reason) = FileKind::of(&name).reason(&name) {
            return self.skip(path, reason);
        }
        match metadata() {
            Ok(found) => {
                let (bytes, modified_ns) = (found.len(), modified_ns(&found));
                self.pictures.push(Picture { name, path, bytes, modified_ns });
            }
            Err(error) => self.skip(path, format!("it cannot be read: {error}")),
        }
    }

    fn skip(&mut self, path: PathBuf, reason: impl Into<String>) {
        self.skipped.push(Skipped { path, reason: reason.into() });
    }
}

fn broken(path: &Path, error: &io::Error) -> String {
    match fs::read_link(path) {
        Ok(target) if error.kind() == io::ErrorKind::NotFound => {
            format!("it is a link to {}, which is not there", escaped(&target.display().to_string()))
        }
        _ => format!("it is a link that leads nowhere: {error}"),
    }
}
