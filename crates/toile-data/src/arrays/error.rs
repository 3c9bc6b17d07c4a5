//! What can be wrong with a file of arrays.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::options::Layout;
use crate::idx::IdxError;
use crate::zip::ZipError;

/// What is wrong, and where.
#[derive(Debug, thiserror::Error)]
pub struct ArrayError {
    /// The file.
    pub file: PathBuf,
    /// Name of the array in it, where it has several.
    pub array: Option<String>,
    /// What is wrong with it, and what would help.
    pub problem: Box<ArrayProblem>,
}

impl fmt::Display for ArrayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file.display())?;
        if let Some(array) = &self.array {
            write!(f, "array {array}: ")?;
        }
        write!(f, "{}", self.problem)
    }
}

/// What is wrong with a file or an array, in words that end in what to do.
#[derive(Debug, thiserror::Error)]
pub enum ArrayProblem {
    /// The operating system refused, or the packed bytes are broken.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A folder, a device.
    #[error("this is a {}, expected a file", if *is_folder { "folder" } else { "special file" })]
    NoFile {
        /// A folder.
        is_folder: bool,
    },
    /// More than is ever read.
    #[error("{bytes} bytes of array, and no more than {limit} are read: keep the images in a folder instead")]
    TooLarge {
        /// What its header claims.
        bytes: u128,
        /// What is read at most.
        limit: u64,
    },
    /// It unpacks to so much more than it holds that it can be no pictures.
    #[error(
        "{packed} bytes that unpack to {unpacked}: no pictures pack so well. Should they be real, store them unpacked \
         (np.savez in place of np.savez_compressed)"
    )]
    Bomb {
        /// Bytes in the file.
        packed: u64,
        /// Bytes that they claim to unpack to.
        unpacked: u64,
    },
    /// The zip archive around the arrays.
    #[error(transparent)]
    Zip(#[from] ZipError),
    /// The gzip wrapper is broken.
    #[error("it begins as gzip data but cannot be unwrapped: {0}")]
    Gzip(io::Error),
    /// What is wrong with an IDX file.
    #[error(transparent)]
    Idx(#[from] IdxError),
    /// No array of a name that is needed.
    #[error("there is no array {wanted}, only {}; name the arrays {names}", list(found))]
    Missing {
        /// Which.
        wanted: String,
        /// The names there are.
        found: Vec<String>,
        /// Names that are understood.
        names: &'static str,
    },
    /// Two arrays of one name.
    #[error("two arrays of this name: write the file again with one")]
    Twice,
    /// No NumPy array.
    #[error("expected a NumPy array, found {found}")]
    Foreign {
        /// What it looks like.
        found: String,
    },
    /// A version of the format that does not exist yet.
    #[error(
        "version {major}.{minor} of NumPy's format; 1.0, 2.0 and 3.0 are read: save it again with np.save"
    )]
    Version {
        /// First number.
        major: u8,
        /// Second number.
        minor: u8,
    },
    /// The header is not as NumPy writes it.
    #[error("its header is not as NumPy writes it: {what}; save it again with np.save")]
    Header {
        /// What is wrong with it.
        what: String,
    },
    /// More or less than the header says.
    #[error(
        "{}: {found} bytes of elements, where shape {} needs {expected}; save or fetch it again",
        if u128::from(*found) < *expected { "truncated" } else { "oversized" }, tuple(shape)
    )]
    Length {
        /// Bytes there (one more than needed stands for any number more).
        found: u64,
        /// Bytes that the shape needs.
        expected: u128,
        /// The shape.
        shape: Vec<usize>,
    },
    /// Pickled objects.
    #[error(
        "it holds Python objects (dtype object). Only running what was pickled could read them, and Toile never does. \
         Where you trust the file, two lines of Python convert it:\n{lines}"
    )]
    Objects {
        /// The two lines.
        lines: String,
    },
    /// A type of elements that is not read.
    #[error("elements of type {descr:?}; {wanted}")]
    Type {
        /// As the header has it.
        descr: String,
        /// What is read, and what to do.
        wanted: &'static str,
    },
    /// A shape that can be no images.
    #[error("shape {} is no array of images: {remedy}", tuple(shape))]
    Shape {
        /// The shape.
        shape: Vec<usize>,
        /// What is expected, and what to do.
        remedy: String,
    },
    /// Channels could be first or last.
    #[error(
        "shape {} has a possible axis of channels both first and last: say which with layout = \"NHWC\" (last) or \
         layout = \"NCHW\" (first)",
        tuple(shape)
    )]
    Ambiguous {
        /// The shape.
        shape: Vec<usize>,
    },
    /// The layout given does not fit.
    #[error("shape {} cannot be layout = \"{layout}\": {why}", tuple(shape))]
    Layout {
        /// The shape.
        shape: Vec<usize>,
        /// As it was given.
        layout: Layout,
        /// Why not.
        why: String,
    },
    /// No images, or images of no pixels.
    #[error("shape {} holds nothing", tuple(shape))]
    Empty {
        /// The shape.
        shape: Vec<usize>,
    },
    /// A value that is no brightness.
    #[error("the value {value} at {} {why}", brackets(index))]
    Value {
        /// Which.
        value: f64,
        /// Where, along the array's own axes.
        index: Vec<usize>,
        /// What it should be, and what to do.
        why: String,
    },
    /// A range from nowhere to nowhere.
    #[error("range = [{}, {}] is no range: it needs two finite numbers, the smaller one first", range[0], range[1])]
    Range {
        /// As it was given.
        range: [f64; 2],
    },
    /// Labels of a shape that is not one label an image.
    #[error("shape {} is not one label an image: {remedy}", tuple(shape))]
    LabelShape {
        /// The shape.
        shape: Vec<usize>,
        /// What to do.
        remedy: String,
    },
    /// A label that is none.
    #[error("label {index} {why}")]
    Label {
        /// Which, from 0.
        index: usize,
        /// What is wrong with it.
        why: String,
    },
    /// Another number of labels than images.
    #[error("{labels} labels for the {images} images of {of}: expected one an image")]
    Counts {
        /// Number of images.
        images: usize,
        /// Number of labels.
        labels: usize,
        /// Where the images are.
        of: String,
    },
    /// Images of another shape than the training images.
    #[error(
        "images of {} where the training images are of {}: make them alike before they are saved",
        image(found),
        image(expected)
    )]
    Unlike {
        /// Channels, height, width.
        found: [usize; 3],
        /// Those of the training images.
        expected: [usize; 3],
    },
    /// Names here and numbers there.
    #[error("labels that are {found}, where those of the training images are {expected}: save both alike")]
    LabelKinds {
        /// "names" or "numbers".
        found: &'static str,
        /// The other.
        expected: &'static str,
    },
    /// A folder that holds no CIFAR batches, or not all.
    #[error("{what}")]
    Batches {
        /// What is missing.
        what: String,
    },
}

/// A shape as Python writes it.
pub(super) fn tuple(shape: &[usize]) -> String {
    match shape {
        [one] => format!("({one},)"),
        _ => format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// An index as Python writes it.
fn brackets(index: &[usize]) -> String {
    format!("[{}]", index.iter().map(usize::to_string).collect::<Vec<_>>().join(", "))
}

fn image([channels, height, width]: &[usize; 3]) -> String {
    format!("{height} x {width}, {}", if *channels == 1 { "grey" } else { "RGB" })
}

fn list(names: &[String]) -> String {
    const SHOWN: usize = 12;
    match names.len() {
        0 => "none at all".to_owned(),
        count if count > SHOWN => format!("{} and {} more", names[..SHOWN].join(", "), count - SHOWN),
        _ => names.join(", "),
    }
}
