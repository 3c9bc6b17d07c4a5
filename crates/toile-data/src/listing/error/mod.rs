//! Why there is no listing.

mod folder;
mod table;

use std::path::PathBuf;

pub use folder::FolderProblem;
pub(super) use folder::reasons;
pub use table::TableProblem;

use super::part::Part;
use super::phrase;
use crate::plain_text::escaped;

/// Why a folder or a table of pictures cannot be listed or split.
#[derive(Debug, thiserror::Error)]
pub enum ListingError {
    /// No roots at all.
    #[error("no folder is named\n  Name one: dataset = {{ folder = \"photos\" }}")]
    NoRoots,
    /// A folder that is none of pictures by class.
    #[error("{}: {problem}", path.display())]
    Folder {
        /// The folder, or what stands in its place.
        path: PathBuf,
        /// What is wrong.
        problem: FolderProblem,
    },
    /// A table that does not say which pictures are of which class.
    #[error("{}{}: {problem}", path.display(), line.map_or_else(String::new, |line| format!(", line {line}")))]
    Table {
        /// The table.
        path: PathBuf,
        /// Its line, from 1, where the problem is on one.
        line: Option<u64>,
        /// What is wrong.
        problem: TableProblem,
    },
    /// The classes are not those that were named, or not the same in all parts.
    #[error("{}: {problem}", path.display())]
    Classes {
        /// The folder or the table.
        path: PathBuf,
        /// What is wrong.
        problem: ClassProblem,
    },
    /// No test pictures can be chosen.
    #[error(transparent)]
    Split(#[from] SplitProblem),
}

/// What is wrong with the classes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClassProblem {
    /// A name that cannot be printed as it is.
    #[error(
        "the name of the class \"{}\" is not one line of plain text\n  Rename it, without control characters, byte-order marks and marks \
         that turn the direction of writing.",
        escaped(name)
    )]
    NotPlain {
        /// The class.
        name: String,
    },
    /// The key `classes` names a class twice.
    #[error("`classes` names \"{name}\" twice\n  Name each class once.")]
    Repeated {
        /// The class.
        name: String,
    },
    /// There are others than `classes` names.
    #[error(
        "`classes` does not name {}\n  Add {} to `classes`, or take the pictures away.",
        phrase::names(names), if names.len() == 1 { "it" } else { "them" }
    )]
    NotNamed {
        /// The others, in natural order.
        names: Vec<String>,
    },
    /// There is no picture of classes that `classes` names.
    #[error(
        "there is no picture of {}, which `classes` names\n  Correct the spelling, or take {} out of `classes`.",
        phrase::names(names), if names.len() == 1 { "it" } else { "them" }
    )]
    Absent {
        /// The named ones, in the order of `classes`.
        names: Vec<String>,
    },
    /// Classes without a picture to learn from.
    #[error("{}", untrained(names, *part, alike.as_ref()))]
    Untrained {
        /// The classes, in natural order.
        names: Vec<String>,
        /// A part that has pictures of the first of them.
        part: Part,
        /// A class of that list and one of the training part that differ in the case of letters or spaces alone.
        alike: Option<(String, String)>,
    },
    /// All pictures are of one class.
    #[error(
        "all pictures are of the class \"{name}\": there is nothing to tell apart\n  Two classes or more are needed."
    )]
    One {
        /// The class.
        name: String,
    },
}

fn untrained(names: &[String], part: Part, alike: Option<&(String, String)>) -> String {
    let (its, them) = if names.len() == 1 { ("its", "it") } else { ("their", "them") };
    let mut text = format!(
        "{part} has pictures of {}, of which train has none: a network cannot predict what it has never seen\n  \
         Put some of {its} pictures into train, or take {them} out of {part}.",
        phrase::names(names)
    );
    if let Some((there, here)) = alike {
        text += &format!(" \"{there}\" of {part} may be \"{here}\" of train, spelled differently.");
    }
    text
}

/// Why no test pictures can be chosen.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SplitProblem {
    /// Not a share.
    #[error("test_share = {share}: expected a number between 0 and 1, as 0.2")]
    Share {
        /// What was asked for.
        share: f64,
    },
    /// No class can spare a picture.
    #[error(
        "none of the {} can be tested: no class has a picture to spare beside the one that it needs to be learned \
         from\n  Add pictures: two of a class are the least that can be split.",
        phrase::count(*pictures, "picture", "pictures")
    )]
    Nothing {
        /// Pictures to choose from.
        pictures: usize,
    },
    /// No group can be tested as a whole.
    #[error(
        "none of the {} of pictures can be tested: a group stays together, and each of them holds all pictures of \
         some class\n  Name finer groups, or give each picture its part: train or test.",
        phrase::count(*groups, "group", "groups")
    )]
    NoGroup {
        /// Groups to choose from.
        groups: usize,
    },
}
