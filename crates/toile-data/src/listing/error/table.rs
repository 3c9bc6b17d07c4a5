//! What is wrong with a table of pictures.

use std::io;
use std::path::PathBuf;

use crate::listing::phrase;
use crate::plain_text::escaped;

/// What is wrong with a table of pictures.
#[derive(Debug, thiserror::Error)]
pub enum TableProblem {
    /// Nothing of that name.
    #[error("there is no such table\n  A path in a study file is below the folder of that file.")]
    NotThere,
    /// A folder in its place.
    #[error(
        "this is a folder, expected a table\n  A folder of pictures is named so: dataset = {{ folder = \"{name}\" }}"
    )]
    Folder {
        /// Its name.
        name: String,
    },
    /// The operating system refused.
    #[error("it cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// Too large for a table.
    #[error("it has {bytes} bytes: more than any table of pictures ({limit})\n  Is it a table?")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The most there may be.
        limit: u64,
    },
    /// The text is in UTF-16.
    #[error("it is text in UTF-16\n  Save it as UTF-8, as spreadsheets offer it: \"CSV UTF-8\".")]
    Utf16,
    /// Bytes that are no text.
    #[error("its bytes are not UTF-8\n  Save the table as UTF-8, as spreadsheets offer it: \"CSV UTF-8\".")]
    NotText,
    /// No line at all.
    #[error("the table is empty\n  Expected a header, as path,label, and a line a picture.")]
    Empty,
    /// A header and nothing below.
    #[error("the table has a header and no rows\n  Expected a line a picture.")]
    NoRows,
    /// The first line is a picture's.
    #[error(
        "there is no header: \"{field}\" is no name of a column\n  Put one before the first line: path,label"
    )]
    NoHeader {
        /// A field of the first line that is a path.
        field: String,
    },
    /// The header is one column.
    #[error(
        "the header is a single column, \"{header}\": its delimiter is none of comma, tab and semicolon\n  \
         Separate the columns by one of these."
    )]
    Delimiter {
        /// The header.
        header: String,
    },
    /// A column is missing.
    #[error(
        "there is no column {}; there {}: {}\n  Name the column so in the header, or its name in the study \
         file: columns = {{ label = \"diagnosis\" }}",
        wanted.join(" or "), if found.len() == 1 { "is" } else { "are" }, found.join(", ")
    )]
    NoColumn {
        /// The names that would do.
        wanted: Vec<String>,
        /// The names that are there.
        found: Vec<String>,
    },
    /// Two columns of one name.
    #[error("there are two columns \"{name}\"\n  Rename one of them.")]
    RepeatedColumn {
        /// Their name.
        name: String,
    },
    /// A row of another length than the header.
    #[error(
        "{} here, and {expected} in the header\n  {}",
        phrase::count(*fields, "field", "fields"),
        if fields > expected { "A field with the delimiter in it has to stand in double quotes." }
        else { "Add what is missing; a field may not be left out, even an empty one." }
    )]
    Ragged {
        /// Fields of the row.
        fields: usize,
        /// Columns of the header.
        expected: usize,
    },
    /// Nothing in a cell.
    #[error("the column {column} is empty\n  Fill it in, or take the line out.")]
    EmptyCell {
        /// The column.
        column: String,
    },
    /// A line break in a cell.
    #[error(
        "a field of the column {column} goes on over the end of its line\n  Is a double quote left open?"
    )]
    LineBreak {
        /// The column.
        column: String,
    },
    /// A cell that cannot be printed as it is.
    #[error(
        "\"{}\" in the column {column} is not one line of plain text\n  Remove control characters and marks that turn the \
         direction of writing from it, and from the name of the file if it is one.",
        escaped(word)
    )]
    NotPlain {
        /// The cell.
        word: String,
        /// The column.
        column: String,
    },
    /// A word that is no part.
    #[error(
        "\"{word}\" in the column {column} is no part of a data set\n  Expected train, validation (or val, valid) or test."
    )]
    NoPart {
        /// The word.
        word: String,
        /// The column.
        column: String,
    },
    /// All pictures to test by, none to learn from.
    #[error(
        "no picture is of the part train: there is nothing to learn from\n  Call some of them train in the column {column}."
    )]
    NoTraining {
        /// The column of the parts.
        column: String,
    },
    /// A table of pictures was expected.
    #[error(
        "it has the column {column}, for the images of an array, and none for paths\n  A table of pictures has a \
         column path. Name the array otherwise: dataset = {{ table = .., images = \"x.npy\" }}."
    )]
    OfArray {
        /// The column.
        column: String,
    },
    /// The folder of the pictures.
    #[error("its pictures are said to be in {}, which is no folder\n  Name their folder: dataset = {{ table = .., images = \"folder\" }}", path.display())]
    NoImages {
        /// What was named.
        path: PathBuf,
    },
    /// A path out of the folder.
    #[error("\"{path}\" leaves the folder of the pictures: {how}\n  Paths are below {}.", images.display())]
    Leaves {
        /// The path.
        path: String,
        /// In which way.
        how: &'static str,
        /// The folder.
        images: PathBuf,
    },
    /// No such files.
    #[error("{}", missing(path, *others, images, extension.as_deref()))]
    Missing {
        /// The first of them.
        path: String,
        /// How many more.
        others: usize,
        /// The folder that they are looked for in.
        images: PathBuf,
        /// The extension with which the first of them is there.
        extension: Option<String>,
    },
    /// A folder, or something else that is no file.
    #[error("\"{path}\" is no file\n  Expected the path of a picture.")]
    NoFile {
        /// The path.
        path: String,
    },
    /// A picture named twice.
    #[error(
        "\"{key}\" stands in line {first} already{}\n  A picture counts once: take one of the lines out.",
        if *contradicts { ", as another class" } else { "" }
    )]
    Repeated {
        /// The path or the index.
        key: String,
        /// The line that names it first.
        first: u64,
        /// Whether that line says another class.
        contradicts: bool,
    },
    /// An index that is none.
    #[error("\"{index}\" is no index of the array's {images} images\n  Expected a whole number from 0 to {}.", images.saturating_sub(1))]
    NoIndex {
        /// What stands there.
        index: String,
        /// Images in the array.
        images: usize,
    },
}

fn missing(path: &str, others: usize, images: &std::path::Path, extension: Option<&str>) -> String {
    let others = match others {
        0 => String::new(),
        more => format!(" (and {} of the table)", phrase::count(more, "other", "others")),
    };
    let remedy = match extension {
        Some(extension) => {
            format!("\"{path}.{extension}\" is there: write the paths with their extensions.")
        }
        None => "Correct the path, take the line out, or name the folder of the pictures: \
                 dataset = { table = .., images = \"folder\" }"
            .to_owned(),
    };
    format!("\"{path}\" is not in {}{others}\n  {remedy}", images.display())
}
