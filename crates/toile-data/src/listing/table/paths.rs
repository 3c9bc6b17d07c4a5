//! The files that a table names.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::thread;

use super::rows::{Row, RowError};
use crate::listing::error::TableProblem;
use crate::listing::modified_ns;
use crate::plain_text::{escaped, is_no_plain_text};

/// Above this many, threads wait for the file system and each other.
const THREADS_MAX: usize = 8;

/// A file that a table names.
pub(super) struct Named {
    pub(super) path: PathBuf,
    /// Its path below the folder of the pictures.
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) modified_ns: i128,
}

/// Finds the files of all rows, which have to be below `images`.
pub(super) fn find(images: &Path, rows: &[Row]) -> Result<Vec<Named>, RowError> {
    let real = images.canonicalize().unwrap_or_else(|_| images.to_owned());
    let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
    let chunks = rows.chunks(rows.len().div_ceil(threads).max(1));
    let found: Vec<Result<Named, Reason>> = thread::scope(|scope| {
        let threads: Vec<_> = chunks
            .map(|rows| {
                let mut folder = Images { images, real: &real, inside: HashMap::new() };
                scope.spawn(move || rows.iter().map(|row| folder.find(&row.key)).collect::<Vec<_>>())
            })
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, Vec<Result<Named, Reason>>>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().flat_map(join).collect()
    });
    let missing = found.iter().filter(|found| matches!(found, Err(Reason::Missing))).count();
    let named = found.into_iter().zip(rows).map(|(found, row)| {
        let (path, images) = (escaped(&row.key).into_owned(), images.to_owned());
        found.map_err(|reason| {
            let problem = match reason {
                Reason::Leaves(how) => TableProblem::Leaves { path, how, images },
                Reason::NoFile => TableProblem::NoFile { path },
                Reason::Missing => {
                    let extension = extension(&images, &path);
                    TableProblem::Missing { path, others: missing - 1, images, extension }
                }
            };
            (row.line, problem)
        })
    });
    named.collect()
}

/// Why there is no such file.
enum Reason {
    Missing,
    NoFile,
    Leaves(&'static str),
}

/// The folder of the pictures.
struct Images<'a> {
    images: &'a Path,
    /// Without links.
    real: &'a Path,
    /// Which folders are below it, links followed.
    inside: HashMap<PathBuf, bool>,
}

impl Images<'_> {
    /// The file of this path as it is written; or without the spaces around it, or with its backslashes as slashes, if
    /// there is no other.
    fn find(&mut self, written: &str) -> Result<Named, Reason> {
        match self.exactly(written) {
            Err(Reason::Missing) if written.contains('\\') || written.trim() != written => {
                self.exactly(&written.trim().replace('\\', "/"))
            }
            found => found,
        }
    }

    fn exactly(&mut self, written: &str) -> Result<Named, Reason> {
        let mut parts: Vec<&str> = Vec::new();
        for part in Path::new(written).components() {
            match part {
                Component::Normal(part) => parts.extend(part.to_str()),
                Component::CurDir => {}
                Component::ParentDir => return Err(Reason::Leaves("`..` leads out of it")),
                Component::RootDir | Component::Prefix(_) => return Err(Reason::Leaves("it is absolute")),
            }
        }
        let name = parts.join("/");
        if name.contains(is_no_plain_text) {
            // A cell is plain text but for what is trimmed, as a tab behind the path.
            return Err(Reason::Missing);
        }
        let path = self.images.join(&name);
        let mut found = fs::symlink_metadata(&path).map_err(|_| Reason::Missing)?;
        let is_inside = if found.is_symlink() {
            found = fs::metadata(&path).map_err(|_| Reason::Missing)?;
            path.canonicalize().is_ok_and(|target| target.starts_with(self.real))
        } else {
            self.is_inside(path.parent().unwrap_or(self.images))
        };
        if !is_inside {
            return Err(Reason::Leaves("a symbolic link leads out of it"));
        }
        if !found.is_file() {
            return Err(Reason::NoFile);
        }
        Ok(Named { bytes: found.len(), modified_ns: modified_ns(&found), path, name })
    }

    fn is_inside(&mut self, folder: &Path) -> bool {
        if let Some(&is_inside) = self.inside.get(folder) {
            return is_inside;
        }
        let is_inside = folder.canonicalize().is_ok_and(|real| real.starts_with(self.real));
        self.inside.insert(folder.to_owned(), is_inside);
        is_inside
    }
}

/// The extension with which a path that was written without is there.
fn extension(images: &Path, path: &str) -> Option<String> {
    let is_there = |extension: &&str| images.join(format!("{}.{extension}", path.trim())).is_file();
    ["png", "jpg", "jpeg", "JPG", "PNG", "tif"].iter().copied().find(|e| is_there(e)).map(str::to_owned)
}
