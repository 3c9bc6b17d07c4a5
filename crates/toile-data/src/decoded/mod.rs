//! Pictures as pixel bytes in a file of the cache: decoded once, mapped into memory ever after, shared by all runs and
//! processes.
//!
//! The file's name is a digest of what decides its content: each file's name, size and time of its last change, its
//! class and part, and how pictures become bytes. A changed, added or removed file gives another name.

mod array_images;
mod array_table;
mod arrays;
mod build;
mod contents;
mod facts;
mod file;
mod key;
mod shape;
mod staged;
mod store;

use std::path::Path;

use crate::error::DataError;
use crate::fetch::Listener;
use crate::load::{LoadOptions, Loaded};
use crate::source::DataSource;

pub use facts::{FileFacts, facts};
pub use store::{DecodedFile, clear, files};

/// The source's images; decoded now if they were not before.
pub(crate) fn open(
    source: &DataSource,
    base: &Path,
    options: &LoadOptions,
    progress: Listener<'_>,
) -> Result<Loaded, DataError> {
    let contents = contents::look(source, base)?;
    let name = format!("{}.{}", key::of(source, &contents), file::EXTENSION);
    if let Some(stage) = &options.stage {
        return staged::open((source, contents), &name, (stage, options), progress);
    }
    let path = store::folder(options)?.join(name);
    if let Some(loaded) = file::read(&path) {
        return loaded.checked(source);
    }
    build::build(source, contents, &path, progress)?;
    match file::read(&path) {
        Some(loaded) => loaded.checked(source),
        None => Err(DataError::NotKept { path }),
    }
}
