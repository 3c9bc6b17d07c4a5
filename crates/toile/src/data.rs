//! Data sets: labelled images as bytes.

pub use toile_data::source::{Columns, DataSource, Location};
pub use toile_data::{DataError, Dataset, LoadOptions, Loaded, Origin};
pub use toile_picture::{Preprocessing, Resize};

use std::path::Path;

use crate::Error;

/// A data set of the catalogue, as `fashion-mnist`, or `fashion-mnist-small`, which is built in. It is looked for in
/// the cache and in the system's folders, and fetched where this library was built with the feature `fetch`.
///
/// ```
/// let data = toile::data::load("fashion-mnist-small")?;
/// assert_eq!((data.train.image_shape, data.train.class_names.len()), ([1, 28, 28], 10));
/// # Ok::<(), toile::Error>(())
/// ```
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

/// Anybody's own pictures or arrays, or a data set of the catalogue. Relative paths are below the working folder.
///
/// ```no_run
/// use toile::data::{DataSource, Location};
///
/// let photos = DataSource::at(Location::Folders(vec!["photos".into()]), "photos");
/// let data = toile::data::open(&DataSource { image_size: Some([64, 64]), ..photos })?;
/// println!("{} images of {:?}", data.train.len(), data.train.class_names);
/// # Ok::<(), toile::Error>(())
/// ```
///
/// # Errors
/// A source that is not there or holds nothing to learn from.
pub fn open(source: &DataSource) -> Result<Loaded, Error> {
    open_in(source, Path::new(""), &LoadOptions::default())
}

/// As [`open`], with the folder that relative paths are below.
///
/// # Errors
/// As [`open`].
pub fn open_in(source: &DataSource, folder: &Path, options: &LoadOptions) -> Result<Loaded, Error> {
    Ok(toile_data::open(source, folder, options, &mut |_| ())?)
}
