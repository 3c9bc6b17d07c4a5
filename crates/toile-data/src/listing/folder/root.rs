//! What the folders directly below a root mean: classes, or parts with classes in them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::entries::{self, Entries, Folder};
use crate::listing::error::{FolderProblem, ListingError, reasons};
use crate::listing::kind::FileKind;
use crate::listing::part::Part;
use crate::listing::{Skipped, phrase};

/// A root that has been looked at.
pub(super) struct Root {
    pub(super) path: PathBuf,
    /// Its path without links.
    pub(super) real: PathBuf,
    /// The parts that it has; none if its folders are classes.
    pub(super) parts: Vec<Part>,
    pub(super) class_folders: Vec<ClassFolder>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) notes: Vec<String>,
}

/// A folder with pictures of one class.
pub(super) struct ClassFolder {
    pub(super) class: String,
    pub(super) part: Option<Part>,
    pub(super) path: PathBuf,
    /// Its path below the root.
    pub(super) name: String,
}

/// Looks at a root and, if it has parts, at these.
pub(super) fn look(path: &Path) -> Result<Root, ListingError> {
    let error = |problem| ListingError::Folder { path: path.to_owned(), problem };
    let unreadable = |source: io::Error| {
        error(match source.kind() {
            io::ErrorKind::NotFound => FolderProblem::NotThere,
            _ => FolderProblem::Unreadable(source),
        })
    };
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Err(error(FolderProblem::File { kind: FileKind::of(&name), name }));
    }
    let real = path.canonicalize().map_err(unreadable)?;
    let entries = entries::read(path).map_err(unreadable)?;
    let mut root = Root {
        path: path.to_owned(),
        real,
        parts: Vec::new(),
        class_folders: Vec::new(),
        skipped: Vec::new(),
        notes: Vec::new(),
    };
    if entries.folders.is_empty() {
        return Err(error(without_folders(entries, None)));
    }
    if has_parts(&entries.folders) {
        root.take_parts(entries)?;
    } else {
        root.take_classes(entries, None);
    }
    Ok(root)
}

impl Root {
    fn take_parts(&mut self, entries: Entries) -> Result<(), ListingError> {
        let mut others = Vec::new();
        for folder in entries.folders {
            let Some(part) = Part::of(&folder.name) else {
                others.push(folder.name);
                continue;
            };
            let path = &folder.path;
            let error = |problem| ListingError::Folder { path: path.clone(), problem };
            let inner = entries::read(path).map_err(|source| error(FolderProblem::Unreadable(source)))?;
            if inner.folders.is_empty() && !inner.pictures.is_empty() {
                return Err(error(without_folders(inner, Some(part))));
            }
            self.parts.push(part);
            self.take_classes(inner, Some((part, &folder.name)));
        }
        if !self.parts.contains(&Part::Train) {
            let found = self.class_folders.first().map_or_else(String::new, |folder| folder.name.clone());
            let found = found.split('/').next().unwrap_or_default().to_owned();
            return Err(ListingError::Folder {
                path: self.path.clone(),
                problem: FolderProblem::NoTraining { found },
            });
        }
        if !others.is_empty() {
            others.sort();
            self.notes.push(format!(
                "{}: {} beside train/ {} not looked into.",
                self.path.display(),
                phrase::names(&others),
                if others.len() == 1 { "was" } else { "were" }
            ));
        }
        self.pass_over(entries.pictures, entries.skipped);
        Ok(())
    }

    /// Takes the folders for classes; within a part of this name, where there is one.
    fn take_classes(&mut self, entries: Entries, part: Option<(Part, &str)>) {
        for Folder { name, path } in entries.folders {
            let below = part.map_or_else(|| name.clone(), |(_, part)| format!("{part}/{name}"));
            let part = part.map(|(part, _)| part);
            self.class_folders.push(ClassFolder { class: name, part, path, name: below });
        }
        self.pass_over(entries.pictures, entries.skipped);
    }

    fn pass_over(&mut self, pictures: Vec<entries::Picture>, skipped: Vec<Skipped>) {
        let reason = "it lies beside the folders of the classes, in none of them";
        let loose =
            pictures.into_iter().map(|picture| Skipped { path: picture.path, reason: reason.to_owned() });
        self.skipped.extend(loose.chain(skipped));
    }
}

/// Whether the folders are parts, as `train` and `test`, and not classes of such names: if there are no others, if
/// both are there, or if `train` holds folders and no pictures.
fn has_parts(folders: &[Folder]) -> bool {
    let is = |part| folders.iter().find(|folder| Part::of(&folder.name) == Some(part));
    if folders.iter().all(|folder| Part::of(&folder.name).is_some()) {
        return true;
    }
    let Some(train) = is(Part::Train) else { return false };
    is(Part::Test).is_some()
        || entries::read(&train.path)
            .is_ok_and(|inner| !inner.folders.is_empty() && inner.pictures.is_empty())
}

/// What is wrong with a folder that has no folders in it.
fn without_folders(entries: Entries, part: Option<Part>) -> FolderProblem {
    if !entries.pictures.is_empty() {
        let is_table = |file: &&Skipped| kind_of(&file.path) == FileKind::Table;
        let table = entries.skipped.iter().find(is_table).map(|file| file.path.clone());
        return FolderProblem::Loose { pictures: entries.pictures.len(), table, part };
    }
    without_pictures(entries.skipped)
}

/// What is wrong with a folder that has no pictures anywhere.
pub(super) fn without_pictures(mut skipped: Vec<Skipped>) -> FolderProblem {
    if skipped.is_empty() {
        return FolderProblem::Empty;
    }
    skipped.sort_by(|a, b| a.path.cmp(&b.path));
    let is_data = |kind: FileKind| {
        !matches!(kind, FileKind::Picture | FileKind::ForeignPicture(_) | FileKind::Study | FileKind::Other)
    };
    match skipped.iter().find(|file| is_data(kind_of(&file.path))) {
        Some(file) => FolderProblem::OtherData { kind: kind_of(&file.path), path: file.path.clone() },
        None => FolderProblem::NoPictures { reasons: format!(":{}", reasons(&skipped)) },
    }
}

fn kind_of(path: &Path) -> FileKind {
    FileKind::of(&path.file_name().unwrap_or_default().to_string_lossy())
}
