//! Why some runs cannot be compared.

use std::path::PathBuf;

use toile_store::StoreError;

use crate::numbers::joined;

/// Why some runs cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum ContenderError {
    /// One model, or none.
    #[error("a comparison needs two models or more, got {got}; name them behind the study{known}")]
    Few {
        /// How many were named.
        got: usize,
        /// Those there are.
        known: Known,
    },
    /// A model is named twice.
    #[error("{name} is named twice; name each model once")]
    Twice {
        /// The model.
        name: String,
    },
    /// A run and the model that it is a run of.
    #[error(
        "{run} is one of the runs of {model}, which would be compared with itself; name another model or run"
    )]
    Within {
        /// The run.
        run: String,
        /// Its model.
        model: String,
    },
    /// A folder that is not there, or holds nothing that Toile left.
    #[error(
        "{} is no folder of a run or a model; name folders such as runs/<study>/<model> or \
         runs/<study>/<model>/seed-0, as `toile run` leaves them",
        path.display()
    )]
    NoFolder {
        /// What was named.
        path: PathBuf,
    },
    /// The study's folder has no runs of this model.
    #[error(
        "{} holds no run of {model}; run it first (toile run STUDY --models {model}), or name the study's folder with \
         --out{known}",
        out.display()
    )]
    NoRuns {
        /// The study's folder.
        out: PathBuf,
        /// The model.
        model: String,
        /// Models there.
        known: Known,
    },
    /// No run of the model is over.
    #[error("no run of {model} is over; go on with `toile run ... --resume` and compare then")]
    NothingOver {
        /// The model.
        model: String,
    },
    /// A seed that was asked for has no run.
    #[error("{model} has no run with seed {seed} that is over; it has {there}")]
    NoSeed {
        /// The model.
        model: String,
        /// What was asked for.
        seed: u64,
        /// In words.
        there: String,
    },
    /// The runs of one model were trained with different settings, or on different data.
    #[error(
        "{} was trained {how} than the model's other runs; compare them as two models, each by its own folder",
        path.display()
    )]
    Mixed {
        /// The run that differs.
        path: PathBuf,
        /// In what, as "with other settings".
        how: &'static str,
    },
    /// Other classes.
    #[error(
        "{first} and {second} have other classes ({} against {}); compare models of the same data set",
        joined(classes_first),
        joined(classes_second)
    )]
    OtherClasses {
        /// The model that was named first.
        first: String,
        /// The one that differs.
        second: String,
        /// Classes of the first.
        classes_first: Vec<String>,
        /// Classes of the other.
        classes_second: Vec<String>,
    },
    /// Other test images.
    #[error(
        "{first} and {second} were tested on other images ({images_first} and {images_second}, not all of the same \
         class); compare models of the same data set"
    )]
    OtherImages {
        /// The model that was named first.
        first: String,
        /// The one that differs.
        second: String,
        /// Test images of the first.
        images_first: usize,
        /// Test images of the other.
        images_second: usize,
    },
    /// Seeds, or a single run, of a model that is cross-validated.
    #[error(
        "{model} is cross-validated: its runs are folds, which only together tested every image; compare whole models, \
         without --seeds and by the folders of the models"
    )]
    Folds {
        /// The model.
        model: String,
    },
    /// A file of a run cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Names to choose from, shown behind a message where there are any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known(pub Vec<String>);

impl std::fmt::Display for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0[..] {
            [] => Ok(()),
            names => write!(f, ": there are {}", joined(names)),
        }
    }
}
