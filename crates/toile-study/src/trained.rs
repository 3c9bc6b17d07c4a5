//! A trained network as its run's folder gives it back, each file checked: what predicting, exporting and serving
//! stand on.

use std::path::{Path, PathBuf};

use toile_nn::description::Network;
use toile_nn::state::StateDict;
use toile_store::weights::About;
use toile_store::{Provenance, RunFolder, RunId, StoreError, StoredRun};

use crate::study::Normalization;
use crate::study_file::{self, StudyFileError};

/// A network with all it takes to use it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The run.
    pub run: RunId,
    /// Epoch of the weights, from 1: the last, or the best on the validation split.
    pub epoch: u32,
    /// The network's description.
    pub network: Network,
    /// Parameters and buffers, under PyTorch's names and in its layout.
    pub weights: StateDict<f32>,
    /// How pixels become numbers.
    pub normalization: Normalization,
    /// Channels, height and width of an image.
    pub image_shape: [usize; 3],
    /// Names of the classes, in the order of the network's outputs.
    pub class_names: Vec<String>,
    /// Name of the data set.
    pub dataset: String,
    /// What it was made from; absent where an earlier version of Toile trained it.
    pub provenance: Option<Provenance>,
    /// What a user should know of the files.
    pub notes: Vec<String>,
}

/// Why a folder gives no network.
#[derive(Debug, thiserror::Error)]
pub enum TrainedError {
    /// The folder is none of a run.
    #[error("{} is no folder of a run; name one as `toile run` leaves it, runs/<study>/<model>/seed-0", path.display())]
    NoRun {
        /// What was named.
        path: PathBuf,
    },
    /// A file of the run.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its configuration is none that this version of Toile reads.
    #[error(transparent)]
    Configuration(#[from] StudyFileError),
}

/// The network of a finished run.
///
/// # Errors
/// A folder that is no run's, and files that are missing, damaged, or of another run.
pub fn open(path: &Path) -> Result<Trained, TrainedError> {
    let none = || TrainedError::NoRun { path: path.to_owned() };
    let folder = RunFolder::at(path).ok_or_else(none)?;
    let stored = StoredRun::open(&folder)?.ok_or_else(none)?;
    let found = stored.weights()?;
    let About { epoch, class_names, image_shape, mean, std, dataset, .. } = found.about;
    let mut study = study_file::parse(&stored.config, &folder.config().display().to_string())?;
    let problem = match &study.models[..] {
        [model] if model.network.classes != class_names.len() => {
            "its network does not fit the classes of its weights"
        }
        [model] if model.normalization != (Normalization { mean: mean.clone(), std: std.clone() }) => {
            "its normalization is not that of its weights"
        }
        [_] => {
            return Ok(Trained {
                run: folder.id().clone(),
                epoch,
                network: study.models.remove(0).network,
                weights: found.tensors,
                normalization: Normalization { mean, std },
                image_shape,
                class_names,
                dataset,
                provenance: stored.provenance,
                notes: stored.notes,
            });
        }
        _ => "it does not hold one model",
    };
    Err(StoreError::damaged(&folder.config(), problem, "put a copy of it back").into())
}
