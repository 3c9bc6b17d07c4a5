//! A trained network as its run's folder gives it back, each file checked: what predicting, exporting and serving
//! stand on.

use std::path::{Path, PathBuf};

use toile_nn::description::Network;
use toile_nn::state::StateDict;
use toile_store::weights::About;
use toile_store::{Provenance, RunFolder, RunId, StoreError, StoredRun};

use crate::recipe::Normalization;
use crate::study_file;

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
    let damaged = |problem: &str| StoreError::damaged(&folder.config(), problem, "put a copy of it back");
    let recipe = study_file::recipe(&stored.config)
        .ok_or_else(|| damaged("it is not one that this version of Toile writes"))?;
    let network = recipe
        .network(image_shape, class_names.len())
        .map_err(|error| damaged(&format!("its network does not fit its weights: {}", error.message)))?;
    let normalization = Normalization { mean, std };
    if recipe.normalization != normalization {
        return Err(damaged("its normalization is not that of its weights").into());
    }
    Ok(Trained {
        run: folder.id().clone(),
        epoch,
        network,
        weights: found.tensors,
        normalization,
        image_shape,
        class_names,
        dataset,
        provenance: stored.provenance,
        notes: stored.notes,
    })
}
