//! Where a study's images come from: a name of the catalogue, or somebody's own pictures and arrays.

use std::path::{Path, PathBuf};

use crate::arrays::Layout;
use crate::catalog;
use crate::dataset::DatasetInfo;
use toile_picture::Resize;

/// A source of images, as a study file describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSource {
    /// What sentences and files call it.
    pub name: String,
    /// Where it is.
    pub location: Location,
    /// 1 for grey, 3 for colour. None: grey if no picture is coloured.
    pub channels: Option<usize>,
    /// Height and width. None: that of the pictures, which then have to be of one size.
    pub image_size: Option<[usize; 2]>,
    /// How a picture of another size is brought to it.
    pub resize: Resize,
    /// What stands behind transparent parts, and beside padded pictures: red, green and blue.
    pub background: [u8; 3],
    /// Share of each class that is tested on, where the source does not say which images are.
    pub test_share: f64,
    /// Decides which images these are.
    pub split_seed: u64,
    /// Whether none are, so that all images can be trained on: they are cross-validated.
    pub keeps_all: bool,
    /// Names of the classes in the order of their indices. None: all there are, in their natural order.
    pub classes: Option<Vec<String>>,
    /// Whether a file that cannot be read is an error; it is left out and told otherwise.
    pub strict: bool,
    /// Order of an array's dimensions, where its shape leaves that open.
    pub layout: Option<Layout>,
    /// The numbers of an array that become the bytes 0 and 255.
    pub range: Option<[f64; 2]>,
}

/// Where a source is. Paths are as they were written: below the folder of the study file, if they are relative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the catalogue, under the source's name.
    Catalog,
    /// Folders of pictures, a folder a class.
    Folders(Vec<PathBuf>),
    /// A table of pictures.
    Table {
        /// The table.
        table: PathBuf,
        /// The folder that its paths are below; its own if not named.
        images: Option<PathBuf>,
        /// What its columns are called.
        columns: Columns,
    },
    /// An array of images that a table describes.
    DescribedArray {
        /// The array, NumPy's or IDX.
        images: PathBuf,
        /// The table.
        table: PathBuf,
        /// What its columns are called; `path` is that of the indices.
        columns: Columns,
    },
    /// A NumPy archive.
    Npz(PathBuf),
    /// Arrays in files of their own, NumPy's or IDX.
    Arrays {
        /// Images to train on.
        images: PathBuf,
        /// Their labels.
        labels: PathBuf,
        /// Images to test on and their labels.
        test: Option<(PathBuf, PathBuf)>,
    },
    /// A folder of CIFAR's binary batches.
    Cifar(PathBuf),
}

/// Names of a table's columns; None: the usual ones (see [`crate::listing::table`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The pictures' paths.
    pub path: Option<String>,
    /// Their classes.
    pub label: Option<String>,
    /// Their parts.
    pub split: Option<String>,
    /// What stays together: a patient.
    pub group: Option<String>,
}

/// Share of each class that is tested on where nobody says otherwise.
pub const TEST_SHARE: f64 = 0.2;

impl DataSource {
    /// A data set of the catalogue.
    pub fn named(name: impl Into<String>) -> DataSource {
        DataSource::at(Location::Catalog, name)
    }

    /// A source with nothing set.
    pub fn at(location: Location, name: impl Into<String>) -> DataSource {
        DataSource {
            name: name.into(),
            location,
            channels: None,
            image_size: None,
            resize: Resize::default(),
            background: [255; 3],
            test_share: TEST_SHARE,
            split_seed: 0,
            keeps_all: false,
            classes: None,
            strict: false,
            layout: None,
            range: None,
        }
    }

    /// A name made of where it is: the last part of its path.
    pub fn name_of(location: &Location) -> String {
        let path = match location {
            Location::Catalog => return String::new(),
            Location::Folders(roots) => roots.first().map(PathBuf::as_path),
            Location::Table { table: path, .. }
            | Location::DescribedArray { table: path, .. }
            | Location::Npz(path)
            | Location::Cifar(path) => Some(path.as_path()),
            Location::Arrays { images, .. } => Some(images.as_path()),
        };
        let stem = path.and_then(Path::file_stem).and_then(|stem| stem.to_str());
        stem.filter(|stem| !stem.is_empty()).unwrap_or("pictures").to_owned()
    }

    /// What is known of it without looking at any file: all of a data set of the catalogue, nothing of another.
    pub fn known(&self) -> Option<DatasetInfo> {
        match self.location {
            Location::Catalog => catalog::find(&self.name).map(|entry| entry.info()),
            _ => None,
        }
    }
}
