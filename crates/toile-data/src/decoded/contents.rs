//! What a source holds before anything is decoded.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::error::DataError;
use crate::listing::{self, FolderOptions, Listing, Part, TableOptions};
use crate::source::{DataSource, Location};

/// What a source holds.
pub(super) enum Contents {
    /// Pictures, each in a part.
    Pictures(Listing),
    /// Files of arrays, unread.
    Arrays(Vec<ArrayFile>),
}

/// A file, and what tells that it has changed.
#[derive(Clone, Debug)]
pub(super) struct ArrayFile {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) modified_ns: u128,
}

/// Lists a source's files.
pub(super) fn look(source: &DataSource, base: &Path) -> Result<Contents, DataError> {
    let below = |path: &PathBuf| base.join(path);
    let mut listing = match &source.location {
        Location::Folders(roots) => listing::folder(&FolderOptions {
            roots: roots.iter().map(below).collect(),
            classes: source.classes.clone(),
        })?,
        Location::Table { table, images, columns } => listing::table(&TableOptions {
            images: images.as_ref().map(below),
            classes: source.classes.clone(),
            path: columns.path.clone(),
            label: columns.label.clone(),
            split: columns.split.clone(),
            group: columns.group.clone(),
            ..TableOptions::of(below(table))
        })?,
        Location::DescribedArray { images, table, .. } => return arrays([images, table].map(below)),
        Location::Npz(path) => return arrays([below(path)]),
        Location::Arrays { images, labels, test } => {
            let test = test.iter().flat_map(|(images, labels)| [images, labels]);
            return arrays([images, labels].into_iter().chain(test).map(below));
        }
        Location::Cifar(folder) => return arrays(cifar_files(&below(folder))?),
        Location::Catalog => unreachable!("a data set of the catalogue is not decoded into a file"),
    };
    if source.keeps_all {
        let open = listing.items.iter_mut().filter(|item| item.part.is_none());
        open.for_each(|item| item.part = Some(Part::Train));
    } else if listing.items.iter().any(|item| item.part.is_none()) {
        listing::split(&mut listing, source.test_share, source.split_seed)?;
    }
    Ok(Contents::Pictures(listing))
}

impl Contents {
    /// Indices of the pictures of a part, in their order.
    pub(super) fn of_part(listing: &Listing, part: Part) -> Vec<usize> {
        (0..listing.items.len()).filter(|&i| listing.items[i].part == Some(part)).collect()
    }
}

fn arrays(paths: impl IntoIterator<Item = PathBuf>) -> Result<Contents, DataError> {
    let files = paths.into_iter().map(|path| {
        let io = |source| DataError::Io { what: "cannot read", path: path.clone(), source };
        let found = path.metadata().map_err(io)?;
        if !found.is_file() {
            return Err(DataError::NoFile { path });
        }
        let since = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified_ns = since.map_or(0, |since| since.as_nanos());
        Ok(ArrayFile { bytes: found.len(), modified_ns, path })
    });
    Ok(Contents::Arrays(files.collect::<Result<_, _>>()?))
}

/// The files of a folder, by name; which of them are batches, their reader says.
fn cifar_files(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let io = |source| DataError::Io { what: "cannot read", path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(io)?;
    let paths = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    let mut paths: Vec<PathBuf> = paths.collect();
    paths.sort();
    Ok(paths)
}
