//! The study file: TOML in, a checked [`Study`] out, or an error that shows the line.
//!
//! `docs/study-file.md` is the reference of its keys. The file is walked by hand rather than derived, so
//! that every key and value knows its place when something is wrong with it.

mod augment;
mod average;
mod balance;
mod built_in;
mod comparison;
mod cross_validation;
mod dataset;
mod document;
mod ensemble;
mod error;
mod factors;
mod groups;
mod layers;
mod mix;
mod model;
mod names;
mod problem;
mod published;
mod read;
mod settings;
mod syntax;
mod test_time;
mod training;
mod value;
mod vary;
mod write;

use std::io::Read;
use std::path::{Path, PathBuf};

pub use built_in::{BUILT_IN, BuiltIn};
pub use error::{Diagnostic, StudyFileError};
pub use mix::Mix;
pub use names::is_model_name;
pub use problem::problem;
pub use write::{model_table, resolved};

use toile_data::{DataSource, DatasetInfo};
use toile_nn::description::Layer;

use crate::recipe::Recipe;
use crate::study::{Model, Study};

/// No study is longer; a weights file given by mistake is not read to its end.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// The text of a study file, and what errors call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    text: String,
    file_name: String,
    folder: PathBuf,
}

impl Source {
    /// A text at hand.
    pub fn new(text: impl Into<String>, file_name: impl Into<String>) -> Self {
        Source { text: text.into(), file_name: file_name.into(), folder: PathBuf::new() }
    }

    /// The file at this path, or the built-in study of this name; a file wins over a name.
    pub fn open(path_or_name: &str) -> Result<Self, StudyFileError> {
        let path = Path::new(path_or_name);
        let unreadable = |source| StudyFileError::Unreadable { path: path.to_path_buf(), source };
        match std::fs::metadata(path) {
            Ok(found) if found.is_file() => {
                let source = Source::new(read(path).map_err(unreadable)?, path_or_name);
                return Ok(Source { folder: path.parent().unwrap_or(Path::new("")).to_owned(), ..source });
            }
            // A folder does not count: a study's results may well lie in a folder of its name.
            Ok(found) if found.is_dir() => {}
            // A pipe would be waited for, and a device may have no end.
            Ok(_) => return Err(StudyFileError::Special { path: path.to_path_buf() }),
            Err(error) if is_no_file(error.kind()) => {}
            Err(error) => return Err(unreadable(error)),
        }
        match BUILT_IN.iter().find(|study| study.name == path_or_name) {
            Some(study) => Ok(Source::new(study.source, format!("{}.toml (built in)", study.name))),
            None => Err(not_found(path_or_name)),
        }
    }

    /// What it says, as far as that can be checked without its data set.
    ///
    /// # Errors
    /// A text that is no study.
    pub fn parse(self) -> Result<Parsed, StudyFileError> {
        let study = read::study(&self.text).map_err(|problem| self.located(problem))?;
        Ok(Parsed { source: self, study })
    }

    /// What is known of its data set without opening it: all of one of the catalogue, nothing of anybody's own.
    ///
    /// # Errors
    /// A text that is no study, or a name that the catalogue does not have.
    pub fn in_catalog(&self) -> Result<Option<DatasetInfo>, StudyFileError> {
        let entry = read::in_catalog(&self.text).map_err(|problem| self.located(problem))?;
        Ok(entry.map(|entry| entry.info()))
    }

    /// The study in it, checked against its data set, which is looked up in the catalogue.
    ///
    /// # Errors
    /// A text that is no study, one that does not fit its data set, or whose data set has to be opened first.
    pub fn study(&self) -> Result<Study, StudyFileError> {
        let parsed = self.clone().parse()?;
        match self.in_catalog()? {
            Some(data) => parsed.bind(&data),
            None => Err(StudyFileError::NotOpened { file: self.file_name.clone() }),
        }
    }

    /// The same, with relative paths below this folder.
    pub fn in_folder(self, folder: impl Into<PathBuf>) -> Self {
        Source { folder: folder.into(), ..self }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The folder that relative paths in it are below: its own.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn located(&self, problem: error::Problem) -> StudyFileError {
        problem.locate(&self.file_name, &self.text)
    }

    /// A model of the study with some settings changed, each as (key, value): a key of `[model.NAME]` or a variable of its
    /// architecture; `schedule.eta_min` for a setting within one of these; else a setting of the optimizer, as `lr`.
    /// Values are TOML. It is checked as if it stood in the file, which was bound to this data set.
    ///
    /// # Errors
    /// Settings that the model cannot have, shown as lines behind the file.
    pub fn varied(
        &self,
        model: &str,
        settings: &[(String, String)],
        data: &DatasetInfo,
    ) -> Result<Model, StudyFileError> {
        let text = vary::text(&self.text, settings);
        let name = format!("{} with settings varied", self.file_name);
        read::varied(&text, model, data).map_err(|problem| problem.locate(&name, &text))
    }

    /// Models that stand between two models of the study: each with some keys as one sets them, the rest as the
    /// other does. They are checked as if they stood in the file, which was bound to this data set.
    pub fn mixed(&self, mixes: &[Mix<'_>], data: &DatasetInfo) -> Result<Vec<Model>, StudyFileError> {
        read::mixed(&self.text, mixes, data).map_err(|problem| self.located(problem))
    }
}

/// A study file that is right by itself. What depends on the data set (the shapes of the network, the size of a
/// batch, channels, class names) is checked when it is bound to one.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    source: Source,
    study: Study,
}

impl Parsed {
    /// What the file says. A normalisation that it does not name has no channels yet.
    pub fn study(&self) -> &Study {
        &self.study
    }

    /// The study on this data set.
    ///
    /// # Errors
    /// A network, a batch size, a normalisation, a validation split or published figures that do not fit it; with
    /// the line.
    pub fn bind(&self, data: &DatasetInfo) -> Result<Study, StudyFileError> {
        let mut study = self.study.clone();
        read::bind(&self.source.text, &mut study, data).map_err(|problem| self.source.located(problem))?;
        Ok(study)
    }
}

/// What the text says without its data set; `file_name` is what errors call it.
///
/// # Errors
/// A text that is no study.
pub fn parse(source: &str, file_name: &str) -> Result<Parsed, StudyFileError> {
    Source::new(source, file_name).parse()
}

/// A data set as a study file writes it behind `dataset =`.
pub fn dataset_text(source: &DataSource) -> String {
    dataset::text(source)
}

/// A network's layers as a study file has them under `[architecture.NAME]`: `layers = ["Flatten", ...]`. No setting
/// can be a variable: there is no model that could set it.
///
/// # Errors
/// A text that is no list of layers, with the line.
pub fn layers_from_toml(text: &str) -> Result<Vec<Layer>, StudyFileError> {
    read::layers(text).map_err(|problem| problem.locate("layers", text))
}

/// The recipe in the resolved configuration of a run (see [`resolved`]), whatever study and model are called;
/// `None` where the text is not one that Toile writes.
pub fn recipe(config: &str) -> Option<Recipe> {
    read::recipe(config).ok()
}

/// Where the images of a resolved configuration came from, and how they became bytes; `None` where the text is not one
/// that Toile writes.
pub fn data_source(config: &str) -> Option<DataSource> {
    read::data_source(config).ok()
}

/// The study in the file at this path, or the built-in one of this name; a file wins over a name.
pub fn load(path_or_name: &str) -> Result<Study, StudyFileError> {
    Source::open(path_or_name)?.study()
}

/// Whether the system says that nothing is there, and not that it may not be looked at.
fn is_no_file(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound};

    matches!(kind, NotFound | NotADirectory | InvalidFilename | InvalidInput)
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut bytes = vec![];
    std::fs::File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    let invalid = |message: String| std::io::Error::new(std::io::ErrorKind::InvalidData, message);
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(invalid(format!("it is longer than {} MiB, no study file is", FILE_BYTES_MAX >> 20)));
    }
    String::from_utf8(bytes).map_err(|error| {
        invalid(format!("it is no text: byte {} is not UTF-8", error.utf8_error().valid_up_to() + 1))
    })
}

fn not_found(asked: &str) -> StudyFileError {
    let names = || BUILT_IN.iter().map(|study| study.name);
    // `studies/quick.toml` from the wrong folder means `quick`.
    let stem = Path::new(asked).file_stem().and_then(|stem| stem.to_str()).unwrap_or(asked);
    let help = match error::nearest(stem, names()) {
        Some(name) => format!("help: the built-in study `{name}` works from any folder"),
        None if Path::new(asked).is_dir() => return StudyFileError::Folder { asked: asked.to_string() },
        None => format!("help: give the path of a study file, or one of {}", error::list_of(names())),
    };
    StudyFileError::NotFound { asked: asked.to_string(), help }
}
