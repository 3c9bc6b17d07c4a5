//! Opening a source, whatever it is.

use std::path::Path;

use crate::decoded;
use crate::error::DataError;
use crate::fetch::FetchProgress;
use crate::load::{LoadOptions, Loaded, load};
use crate::source::{DataSource, Location};
use crate::stage;

/// Finds, reads and decodes a source. `base` is the folder that relative paths are below; a folder in `options` stands
/// in its place, for data that was moved.
///
/// # Errors
/// A source that is not there or holds nothing to learn from; with file, line or image, and what to do.
pub fn open(
    source: &DataSource,
    base: &Path,
    options: &LoadOptions,
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<Loaded, DataError> {
    match source.location {
        Location::Catalog => match &options.stage {
            Some(stage) => stage::load(&source.name, (stage, options), progress),
            None => load(&source.name, options, progress),
        },
        _ => {
            let base = options.data_dir.as_deref().unwrap_or(base);
            decoded::open(source, base, options, progress)
        }
    }
}
