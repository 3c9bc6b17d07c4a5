//! A trained network as its run's folder gives it back, each file checked: what predicting, exporting and serving
//! stand on.

mod about;
mod name;

pub use name::{all_located, all_named, each_located, located, lowest_finished, named};

use std::path::{Path, PathBuf};

use toile_data::DataSource;
use toile_kernels::precision::Precision;
use toile_nn::description::Network;
use toile_nn::state::StateDict;
use toile_picture::Preprocessing;
use toile_store::weights::{About, Weights};
use toile_store::{Provenance, RunFolder, RunId, StoreError, StoredRun, sha256};

use crate::int8;
use crate::recipe::{ChannelScale, Normalization, Recipe};
use crate::results::RunStatus;
use crate::study_file;

/// A network with all it takes to use it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// Name of the study it was trained in; empty where it was none's.
    pub study: String,
    /// The run.
    pub run: RunId,
    /// Epoch of the weights, from 1: the last, or the best on the validation split.
    pub epoch: u32,
    /// What it was trained by.
    pub recipe: Recipe,
    /// The network's description.
    pub network: Network,
    /// Parameters and buffers, under PyTorch's names and in its layout.
    pub weights: StateDict<f32>,
    /// How a picture in a file becomes pixels: what its training images went through.
    pub preprocessing: Preprocessing,
    /// How pixels become numbers.
    pub normalization: ChannelScale,
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
    /// Where its data is, as its configuration says.
    pub source: DataSource,
}

impl Trained {
    /// SHA-256 of all weights, little-endian, one tensor behind the other.
    pub fn weights_sha256(&self) -> String {
        let values = self.weights.entries.iter().flat_map(|(_, tensor)| &tensor.data);
        sha256(&values.flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
    }
}

/// Why a folder or a file gives no network.
#[derive(Debug, thiserror::Error)]
pub enum TrainedError {
    /// The folder is none of a run.
    #[error("{} is no folder of a run; name one as `toile run` leaves it, runs/<study>/<model>/seed-0", path.display())]
    NoRun {
        /// What was named.
        path: PathBuf,
    },
    /// A name that nothing answers to.
    #[error("{name}: {problem}; {remedy}")]
    Name {
        /// What was named.
        name: String,
        /// Why that is no run.
        problem: String,
        /// What to do.
        remedy: String,
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
    if stored.results.status == RunStatus::Unfinished {
        return Err(TrainedError::Name {
            name: path.display().to_string(),
            problem: "the run is not finished".into(),
            remedy: "go on with `toile run ... --resume`".into(),
        });
    }
    if let Some(of) = int8::read(&folder)? {
        return Err(TrainedError::Name {
            name: path.display().to_string(),
            problem: "it is an int8 run, whose network runs on small devices and not here".into(),
            remedy: format!("name the run that it was made of, {}", of.run),
        });
    }
    let mut found = stored.weights()?;
    found.about.config = stored.config;
    let trained = trained(found, &folder.config())?;
    Ok(Trained { provenance: stored.provenance, notes: stored.notes, ..trained })
}

/// The network in a file of weights that stands by itself.
///
/// # Errors
/// A file that is missing, damaged, or was not written by Toile.
pub fn read(path: &Path) -> Result<Trained, TrainedError> {
    let found =
        toile_store::weights::read(path)?.ok_or_else(|| TrainedError::NoRun { path: path.to_owned() })?;
    trained(found, path)
}

/// `from` is what is named where the configuration does not fit the weights.
fn trained(found: Weights, from: &Path) -> Result<Trained, TrainedError> {
    let About {
        study,
        model,
        seed,
        epoch,
        class_names,
        image_shape,
        mean,
        std,
        dataset,
        config,
        provenance,
        ..
    } = found.about;
    let damaged = |problem: &str| StoreError::damaged(from, problem, "put a copy of it back");
    let recipe = study_file::recipe(&config)
        .ok_or_else(|| damaged("its configuration is not one that this version of Toile writes"))?;
    // Whoever reads it evaluates it.
    let network = recipe
        .network(image_shape, class_names.len())
        .map_err(|error| damaged(&format!("its network does not fit its weights: {}", error.message)))?
        .with_precision(Precision::F32);
    let expected: Vec<_> = network.parameters.iter().map(|p| (p.name.clone(), p.shape.clone())).collect();
    let weights = found.tensors.arranged(&expected).map_err(|error| damaged(&error.to_string()))?;
    let normalization = ChannelScale { mean, std };
    if matches!(&recipe.normalization, Normalization::Fixed(scale) if *scale != normalization) {
        return Err(damaged("its normalization is not that of its weights").into());
    }
    let [channels, height, width] = image_shape;
    let source = study_file::data_source(&config).unwrap_or_else(|| DataSource::named(&dataset));
    let DataSource { resize, background, .. } = source;
    Ok(Trained {
        study,
        run: RunId { model, seed },
        epoch,
        recipe,
        preprocessing: Preprocessing { channels, size: [height, width], resize, background },
        network,
        weights,
        normalization,
        image_shape,
        class_names,
        dataset,
        provenance,
        notes: Vec::new(),
        source,
    })
}
