//! What can go wrong between a data set's name and its images.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use crate::arrays::ArrayError;
use crate::idx::IdxError;
use crate::listing::ListingError;

/// Why there is no data set.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// No such name in the catalogue.
    #[error("no data set is called \"{name}\"; there are: {}", known.join(", "))]
    UnknownDataset {
        /// The name asked for.
        name: String,
        /// The catalogue's names.
        known: Vec<&'static str>,
    },
    /// The folder the caller named does not hold the data set.
    #[error(
        "{problem}\n  Name a folder that holds the files of {name} (plain or .gz), or leave the folder out: then Toile \
         finds or fetches them."
    )]
    NamedFolder {
        /// The data set asked for.
        name: &'static str,
        /// What is wrong with the folder.
        problem: Box<DataError>,
    },
    /// No folder at all.
    #[error("{}: there is no such folder", path.display())]
    NoFolder {
        /// Where one was looked for.
        path: PathBuf,
    },
    /// A folder without the file, plain or in gzip.
    #[error("{}: neither {file} nor {file}.gz is there or below it ({below}){remark}", folder.display())]
    Missing {
        /// Where it was looked for.
        folder: PathBuf,
        /// Name of the uncompressed file.
        file: &'static str,
        /// Folders in which it was looked for below.
        below: String,
        /// What is there in its place, if that says something.
        remark: &'static str,
    },
    /// Something of that name, but no file: unpacking programs like to make a folder of it.
    #[error("{}: this is a {}, expected the file itself", path.display(), if path.is_dir() { "folder" } else { "special file" })]
    NoFile {
        /// What is there.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{what} {}: {source}", path.display())]
    Io {
        /// What was tried: `cannot read`.
        what: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The gzip wrapper is broken.
    #[error("{file}: it begins as gzip data but cannot be unwrapped: {source}")]
    Gzip {
        /// Path or address.
        file: String,
        /// What the decoder said.
        source: io::Error,
    },
    /// Larger than any file of a data set here.
    #[error("{file}: more than {limit} bytes uncompressed, which no file of this data set has")]
    TooLarge {
        /// Path or address.
        file: String,
        /// Bytes read before giving up.
        limit: u64,
    },
    /// The content is not the published one.
    #[error(
        "{file} is not the published file of {dataset}: {remark}\n  SHA-256 found    {found}\n  SHA-256 expected {expected}"
    )]
    Digest {
        /// Path or address.
        file: String,
        /// Name of the data set asked for.
        dataset: &'static str,
        /// SHA-256 of the uncompressed bytes there.
        found: String,
        /// SHA-256 of the published ones.
        expected: &'static str,
        /// What it seems to be instead.
        remark: String,
    },
    /// No digest of the file is known, but this is known to be another one.
    #[error("{file} is no file of {dataset}: {remark}\n  SHA-256 found    {found}")]
    OtherFile {
        /// Path or address.
        file: String,
        /// Name of the data set asked for.
        dataset: &'static str,
        /// SHA-256 of the uncompressed bytes there.
        found: String,
        /// What it is.
        remark: String,
    },
    /// Another number of images than the data set has.
    #[error("{file}: {images} images, where {dataset} has {expected}")]
    Size {
        /// Path of the images.
        file: String,
        /// Name of the data set.
        dataset: &'static str,
        /// Their number.
        images: usize,
        /// Their number in the published data set.
        expected: usize,
    },
    /// The content is no IDX file, or of another kind.
    #[error("{file}: {source}")]
    Idx {
        /// Path or address.
        file: String,
        /// What is wrong.
        source: IdxError,
    },
    /// A file of arrays that cannot be read, or not as images and labels.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// Images and labels of the same half do not go together.
    #[error("{images_file} holds {images} images, {labels_file} {labels} labels: expected a label an image")]
    Counts {
        /// Path of the images.
        images_file: String,
        /// Their number.
        images: usize,
        /// Path of the labels.
        labels_file: String,
        /// Their number.
        labels: usize,
    },
    /// Images of another size than the catalogue says.
    #[error("{file}: images of {rows} x {columns}, expected {} x {}", expected[1], expected[2])]
    Shape {
        /// Path of the images.
        file: String,
        /// Height found.
        rows: usize,
        /// Width found.
        columns: usize,
        /// Channels, height and width expected.
        expected: [usize; 3],
    },
    /// A folder or a table that gives no pictures.
    #[error(transparent)]
    Listing(Box<ListingError>),
    /// Pictures of several sizes, and no word on what to make of them.
    #[error(
        "{name}: its pictures have {sizes} sizes, from {smallest} to {largest}\n  Say what they become: image_size = 64 \
         (or [height, width]) in the study's dataset, with resize = \"squash\", \"crop\" or \"pad\"."
    )]
    MixedSizes {
        /// The source.
        name: String,
        /// How many there are.
        sizes: usize,
        /// The smallest, with a file that has it.
        smallest: String,
        /// The largest, with a file that has it.
        largest: String,
    },
    /// Not one picture can be read.
    #[error("{name}: not one picture in it can be read{skipped}")]
    NoPicture {
        /// The source.
        name: String,
        /// The first reasons, a line each.
        skipped: String,
    },
    /// Files that cannot be read, where that is to be an error.
    #[error("{files} of its files cannot be used, and strict = true asks for all of them:{told}")]
    Unreadable {
        /// How many.
        files: usize,
        /// The first of them, a line each.
        told: String,
    },
    /// No image to learn from, or none to be judged by.
    #[error(
        "{name}: its {part} part has no image\n  Name a source with more images, or another share for testing: \
         test_share = 0.2 takes a fifth of each class."
    )]
    EmptyPart {
        /// The source.
        name: String,
        /// `train` or `test`.
        part: &'static str,
    },
    /// A label that names no class.
    #[error(
        "{name}: label {label} at index {index} names none of its {classes} classes\n  Name every class in the study's \
         dataset, classes = [...], or correct the label."
    )]
    UnknownLabel {
        /// The source.
        name: String,
        /// The label.
        label: String,
        /// Of which image.
        index: usize,
        /// Number of classes.
        classes: usize,
    },
    /// The system names no folder for caches.
    #[error(
        "there is no folder to keep decoded pictures in: this system names no cache; on Linux XDG_CACHE_HOME=FOLDER in the environment does"
    )]
    NoCache,
    /// The folder that data are to be staged in does not take them.
    #[error(
        "the data cannot be staged in {}: {problem}\n  Name a folder of this machine with room for them, or leave --stage \
         away: they are then read from where they lie.", folder.display()
    )]
    Stage {
        /// The folder that was named.
        folder: PathBuf,
        /// What is wrong with it.
        problem: Box<DataError>,
    },
    /// A copy that does not have the digests it should have.
    #[error("a copy of {} does not have its digests: one of the two is damaged", from.display())]
    Copy {
        /// What it is a copy of.
        from: PathBuf,
    },
    /// A decoded file that is not what was just written.
    #[error("{}: what was just written cannot be read again; check the disk, or name another cache folder", path.display())]
    NotKept {
        /// The file.
        path: PathBuf,
    },
    /// No source had it.
    #[error("{}", nowhere(name, attempts, remedies))]
    Nowhere {
        /// The data set.
        name: &'static str,
        /// Every source tried, in order.
        attempts: Vec<Attempt>,
        /// Commands that would help, with a word on each.
        remedies: Vec<(String, String)>,
    },
}

impl From<ListingError> for DataError {
    fn from(error: ListingError) -> DataError {
        DataError::Listing(Box::new(error))
    }
}

/// A source that was tried in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Folder, address or command.
    pub source: String,
    /// What it said.
    pub said: String,
}

fn nowhere(name: &str, attempts: &[Attempt], remedies: &[(String, String)]) -> String {
    let mut text = format!("the data set \"{name}\" could not be found or fetched. Tried:");
    for Attempt { source, said } in attempts {
        // A long answer keeps its lines, each below its source.
        let said = said.trim_end().replace('\n', "\n       ");
        let _ = write!(text, "\n  - {source}\n       {said}");
    }
    text.push_str("\nWhat would help:");
    for (why, command) in remedies {
        let _ = write!(text, "\n  - {why}:\n       {}", command.replace('\n', "\n       "));
    }
    text
}
