//! What is wrong with a folder of pictures.

use std::io;
use std::path::{Path, PathBuf};

use crate::listing::Skipped;
use crate::listing::kind::FileKind;
use crate::listing::part::Part;
use crate::listing::phrase;

/// What is wrong with a folder of pictures.
#[derive(Debug, thiserror::Error)]
pub enum FolderProblem {
    /// Nothing of that name.
    #[error(
        "there is no such folder\n  Name a folder of pictures; a path in a study file is below the folder of that file."
    )]
    NotThere,
    /// The operating system refused.
    #[error("it cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// A file where a folder was expected.
    #[error("this is a file, expected a folder with a folder a class\n  {}", file_remedy(*kind, name))]
    File {
        /// What its name says it is.
        kind: FileKind,
        /// Its name.
        name: String,
    },
    /// Nothing in it.
    #[error("the folder is empty\n  Expected a folder a class with pictures in it.")]
    Empty,
    /// Pictures, and nothing that says of which class.
    #[error(
        "{} here, but no folder a class: nothing says of which class a picture is\n  {}",
        if *pictures == 1 { "1 picture lies".to_owned() } else { format!("{pictures} pictures lie") },
        loose_remedy(table.as_deref(), *part)
    )]
    Loose {
        /// Their number.
        pictures: usize,
        /// A table that lies beside them.
        table: Option<PathBuf>,
        /// The part that the folder is of.
        part: Option<Part>,
    },
    /// Data in another form than pictures.
    #[error("no picture is in it, but {}\n  {}", phrase::path(path), data_remedy(*kind, path))]
    OtherData {
        /// What it is.
        kind: FileKind,
        /// One of its files.
        path: PathBuf,
    },
    /// Folders, and no picture in any.
    #[error(
        "no picture is in it or in its folders{reasons}\n  Expected a folder a class with pictures in it: PNG, JPEG, \
         WebP, BMP, GIF or TIFF."
    )]
    NoPictures {
        /// Why the first files in it are none, a line each.
        reasons: String,
    },
    /// Pictures of one class alone.
    #[error("all pictures are in one folder, {}, and a folder is a class: there is nothing to tell apart\n  {}",
        phrase::names(&[class]),
        match inner {
            Some(inner) => format!("If the classes are the folders in it, name it: {}", phrase::path(inner)),
            None => "Add a folder with pictures of another class.".to_owned(),
        }
    )]
    OneClass {
        /// The class.
        class: String,
        /// Its folder, if that holds several.
        inner: Option<PathBuf>,
    },
    /// Pictures to test by and none to learn from.
    #[error(
        "there is a folder \"{found}\", but none called \"train\"\n  Put the pictures to learn from into train/, a folder a class."
    )]
    NoTraining {
        /// The folder that is there.
        found: String,
    },
    /// One root has parts and another has not.
    #[error(
        "it holds train/, and {} does not\n  Give all folders the parts train/ and test/, or none.",
        other.display()
    )]
    MixedRoots {
        /// The root without.
        other: PathBuf,
    },
    /// One root lies in another.
    #[error("it lies in {}, which is named too: its pictures would count twice\n  Name one of them.", other.display())]
    Overlap {
        /// The other root.
        other: PathBuf,
    },
    /// The parts of a data set are named as if they were alike.
    #[error(
        "it is named beside {} as if both were alike: all pictures would be mixed and split anew\n  Name the folder \
         that they lie in: train/ and test/ keep their meaning there.",
        other.display()
    )]
    PartsAsRoots {
        /// The root that is named as another part.
        other: PathBuf,
    },
}

/// How a file of this kind is named as a data set.
fn file_remedy(kind: FileKind, name: &str) -> String {
    match kind {
        FileKind::Table => format!("A table of pictures is named so: dataset = {{ table = \"{name}\" }}"),
        FileKind::Picture | FileKind::ForeignPicture(_) => {
            "Name the folder that holds the folders of the classes, not a picture.".to_owned()
        }
        FileKind::Study => "This is a study file: toile run trains it.".to_owned(),
        _ => data_remedy(kind, Path::new(name)),
    }
}

/// How data of this kind is named.
fn data_remedy(kind: FileKind, path: &Path) -> String {
    let name = phrase::path(Path::new(path.file_name().unwrap_or_default()));
    match kind {
        FileKind::Npz => format!("A NumPy archive is named so: dataset = {{ npz = \"{name}\" }}"),
        FileKind::Npy => {
            format!("Arrays are named so, images and labels: dataset = {{ arrays = [\"{name}\", \"labels.npy\"] }}")
        }
        FileKind::Idx => "IDX files are named so, images and labels: dataset = { arrays = \
                          [\"train-images-idx3-ubyte\", \"train-labels-idx1-ubyte\"] }; two more are tested on."
            .to_owned(),
        FileKind::Cifar => {
            "CIFAR's batches are named by their folder: dataset = { cifar = \"folder\" }".to_owned()
        }
        FileKind::Archive => "Unpack it, and name the folder.".to_owned(),
        FileKind::Table => format!("A table of pictures is named so: dataset = {{ table = \"{name}\" }}"),
        FileKind::ForeignData(form) => {
            format!("{form} files are not read: write the images as PNG files or as a NumPy archive (.npz).")
        }
        _ => "Expected a folder a class with pictures in it.".to_owned(),
    }
}

fn loose_remedy(table: Option<&Path>, part: Option<Part>) -> String {
    let mut text = match table {
        Some(table) => format!(
            "The table beside them may: dataset = {{ table = \"{}\" }}",
            phrase::path(Path::new(table.file_name().unwrap_or_default()))
        ),
        None => {
            "Make a folder of each class and put its pictures in, or write a table with the columns path and \
                 label."
                .to_owned()
        }
    };
    if matches!(part, Some(Part::Test | Part::Validation)) {
        text += " Or take this folder away: a share of train/ can be held out in its place.";
    }
    text
}

/// The first reasons why files are no pictures, a line each.
pub(in crate::listing) fn reasons(skipped: &[Skipped]) -> String {
    const SHOWN: usize = 3;
    let mut text: String = skipped.iter().take(SHOWN).map(|file| format!("\n  {file}")).collect();
    if let more @ 1.. = skipped.len().saturating_sub(SHOWN) {
        text += &format!("\n  and {}", phrase::count(more, "other file", "other files"));
    }
    text
}
