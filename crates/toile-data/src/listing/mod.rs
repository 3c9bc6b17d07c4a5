//! What a folder or a table of pictures holds, before any picture is decoded.
//!
//! [`folder`] lists folders of pictures, a folder a class; [`pictures`] those below any folder; [`table`] a CSV file
//! beside them; [`labels_of_array`] a CSV file about the images of an array; [`split`] says which pictures are tested,
//! where nobody said. All of them look at names, sizes and times alone: whether a file is a picture indeed, its decoder
//! says.
//!
//! Orders are those of [`natural`]: by code points, except that runs of digits compare as numbers. Classes stand in
//! that order, unless the caller names them in another; pictures by file name, then by their path below the root, so
//! that a folder a class that was made of a numbered data set keeps the data set's order.

mod classes;
mod error;
mod folder;
mod kind;
pub mod natural;
mod part;
mod phrase;
mod split;
mod table;

use std::path::PathBuf;

pub use error::{ClassProblem, FolderProblem, ListingError, SplitProblem, TableProblem};
pub use folder::{FolderOptions, folder, pictures};
pub use kind::{FileKind, is_hidden};
pub use part::Part;
pub use split::{choose, split, split_array};
pub use table::{ArrayListing, ArrayRow, TableOptions, labels_of_array, table};

/// Pictures with their classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Names of the classes, in the order of their indices.
    pub class_names: Vec<String>,
    /// The pictures: by file name, then by name.
    pub items: Vec<Item>,
    /// Names of the groups, in the order of their indices; none if the source knows of no groups.
    pub group_names: Vec<String>,
    /// Files that are no pictures or whose names are no plain text, ordered by path. Hidden files and those of an operating system are not among them.
    pub skipped: Vec<Skipped>,
    /// What people should know, a sentence each.
    pub notes: Vec<String>,
}

/// A picture that nobody has looked into yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Where it is.
    pub path: PathBuf,
    /// Its path below the root, parts joined by `/`; with several roots, below as much of the root's path as tells the
    /// roots apart. No two pictures of a listing have the same.
    pub name: String,
    /// Index of its class.
    pub class: u32,
    /// The part it belongs to; None where [`split`] decides.
    pub part: Option<Part>,
    /// Index of its group; of all pictures or of none.
    pub group: Option<u32>,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// When the file was last changed, in nanoseconds since 1970; 0 where the system does not say.
    pub modified_ns: i128,
}

impl Item {
    /// The last part of its name.
    pub fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// A file that is passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Where it is.
    pub path: PathBuf,
    /// Why, as the end of a sentence that begins with its path.
    pub reason: String,
}

impl Skipped {
    /// Where it is, as one line of plain text.
    pub fn place(&self) -> String {
        phrase::path(&self.path)
    }
}

impl std::fmt::Display for Skipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place(), self.reason)
    }
}

/// Brings pictures into their order.
fn sort(items: &mut [Item]) {
    items.sort_unstable_by(|a, b| {
        natural::compare(a.file_name(), b.file_name()).then_with(|| natural::compare(&a.name, &b.name))
    });
}

/// When a file was last changed, as [`Item::modified_ns`] has it.
fn modified_ns(metadata: &std::fs::Metadata) -> i128 {
    let Ok(time) = metadata.modified() else { return 0 };
    match time.duration_since(std::time::UNIX_EPOCH) {
        Ok(since) => since.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    }
}
