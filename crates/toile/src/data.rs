//! Data sets: labelled images as bytes.

pub use toile_data::{DataError, Dataset, LoadOptions, Loaded, Origin};

use crate::Error;

/// A data set of the catalogue, as `fashion-mnist`, or `fashion-mnist-small`, which is built in. It is looked for in
/// the cache and in the system's folders, and fetched where this library was built with the feature `fetch`.
///
/// # Errors
/// An unknown name; no source that has the data, with all that was tried and what would help.
pub fn load(name: &str) -> Result<Loaded, Error> {
    load_from(name, &LoadOptions::default())
}

/// As [`load`], with a folder or a cache named.
///
/// # Errors
/// As [`load`]; a named folder that does not hold exactly that data set.
pub fn load_from(name: &str, options: &LoadOptions) -> Result<Loaded, Error> {
    Ok(toile_data::load(name, options, &mut |_| ())?)
}
