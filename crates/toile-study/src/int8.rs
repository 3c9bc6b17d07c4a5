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

/// What the name of the model of an int8 run ends in.
const SUFFIX: &str = "-int8";
const REMEDY: &str = "toile quantize makes the run again";

impl Int8 {
    /// Keeps it in the int8 run's folder.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, folder: &RunFolder) -> Result<(), WriteError> {
        sealed::write(&folder.int8(), self)
    }
}

/// What the folder of an int8 run keeps; `None` where the run is another.
///
/// # Errors
/// A file that is damaged, or was made of another run than the one beside this folder.
pub fn read(folder: &RunFolder) -> Result<Option<Int8>, StoreError> {
    let path = folder.int8();
    let Some(found) = sealed::read::<Int8>(&path, REMEDY)? else { return Ok(None) };
    match of(folder.id()).map(|run| named(&run)) {
        Some(run) if run == found.run => Ok(Some(found)),
        _ => Err(StoreError::damaged(&path, format!("it was made of {}", found.run), REMEDY)),
    }
}

/// The folder of the int8 run that is made of the run in this one.
pub fn beside(run: &RunFolder) -> RunFolder {
    run.beside(&format!("{}{SUFFIX}", run.id().model))
}

/// The run that the int8 run of this name is made of; `None` where no int8 run is called so.
fn of(int8: &RunId) -> Option<RunId> {
    let model = int8.model.strip_suffix(SUFFIX)?.to_owned();
    Some(RunId { model, seed: int8.seed })
}

/// How people name a run within its study.
pub fn named(run: &RunId) -> String {
    format!("{}@{}", run.model, run.seed)
}
