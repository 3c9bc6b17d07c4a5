//! What an int8 run keeps of how it was made, in `int8.json`. The bytes of the network follow from it and from the
//! weights of the run that it was made of.

use serde::{Deserialize, Serialize};
use toile_store::atomic::WriteError;
use toile_store::{RunFolder, RunId, StoreError, sealed};

/// The ranges that a network's bytes are made for, and whose network it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Int8 {
    /// The run that it was made of, as people name it: `better@0`.
    pub run: String,
    /// Digest of that run's weights.
    pub weights_sha256: String,
    /// Training images that the ranges were seen on.
    pub images: usize,
    /// Least and largest value of each tensor.
    pub ranges: Vec<[f32; 2]>,
    /// Bytes of constants on a device.
    pub flash_bytes: usize,
    /// Bytes of memory between the steps.
    pub ram_bytes: usize,
}

const NAME: &str = "int8.json";
const REMEDY: &str = "toile quantize makes the run again";

impl Int8 {
    /// Keeps it in the int8 run's folder.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, folder: &RunFolder) -> Result<(), WriteError> {
        sealed::write(&folder.file(NAME), self)
    }
}

/// What the folder of an int8 run keeps; `None` where the run is another.
///
/// # Errors
/// A file that is damaged.
pub fn read(folder: &RunFolder) -> Result<Option<Int8>, StoreError> {
    sealed::read::<Int8>(&folder.file(NAME), REMEDY)
}

/// The folder of the int8 run that is made of the run in this one.
pub fn beside(run: &RunFolder) -> RunFolder {
    run.beside(&format!("{}-int8", run.id().model))
}

/// How people name a run within its study.
pub fn named(run: &RunId) -> String {
    format!("{}@{}", run.model, run.seed)
}
