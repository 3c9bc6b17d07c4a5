//! `weights/last.safetensors` and `weights/best.safetensors`: a network's tensors, and all it takes to use them.

use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use toile_nn::state::StateDict;

use crate::digest::tensors_sha256;
use crate::error::StoreError;
use crate::file::{self, Kind};
use crate::provenance::Provenance;
use crate::safetensors::{self, Metadata};

/// What a file of weights says beside its tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Name of the study; where it came from, and nothing more.
    pub study: String,
    /// Name of the data set.
    pub dataset: String,
    /// Name of the model.
    pub model: String,
    /// Seed of the run.
    pub seed: u64,
    /// Epoch of the weights, from 1.
    pub epoch: u32,
    /// Names of the classes, in the order of the network's outputs.
    pub class_names: Vec<String>,
    /// Channels, height and width of an image.
    pub image_shape: [usize; 3],
    /// A mean a channel: pixels become (byte / 255 - mean) / std.
    pub mean: Vec<f32>,
    /// A standard deviation a channel.
    pub std: Vec<f32>,
    /// The resolved configuration.
    pub config: String,
    /// What they belong to; absent in files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// SHA-256 of `results.csv` as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<String>,
}

/// Weights with what they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// What they are.
    pub about: About,
    /// Parameters and buffers, under PyTorch's names and in its layout.
    pub tensors: StateDict<f32>,
}

const ABOUT: &str = "toile";
const DIGEST: &str = "sha256";

/// Writes a file of weights.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, about: &About, tensors: &StateDict<f32>) -> io::Result<()> {
    let about = serde_json::to_string(about).expect("it is plain data");
    let digest = tensors_sha256(&about, tensors);
    // `format = pt` says that layout and names are PyTorch's.
    let metadata: Metadata =
        vec![("format".into(), "pt".into()), (DIGEST.into(), digest), (ABOUT.into(), about)];
    safetensors::write(out, &metadata, tensors)
}

/// The file of weights at this path; `None` where there is none.
///
/// # Errors
/// A file that cannot be read, is damaged, or was not written by Toile.
pub fn read(path: &Path) -> Result<Option<Weights>, StoreError> {
    let damaged = |problem: String| StoreError::damaged(path, problem, "put a copy of it back");
    file::read(path, Kind::Tensors)?.map(|bytes| parse(&bytes).map_err(damaged)).transpose()
}

/// Reads what [`write`] wrote, also in an earlier version.
///
/// # Errors
/// What is wrong with the bytes: another digest, values that are not finite.
pub(crate) fn parse(bytes: &[u8]) -> Result<Weights, String> {
    let (metadata, tensors) = safetensors::read(bytes)?;
    let value = |key: &str| metadata.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
    let text = value(ABOUT).ok_or("it does not say what its tensors are: Toile did not write it")?;
    let digest = value(DIGEST);
    if digest.is_some_and(|digest| tensors_sha256(text, &tensors) != digest) {
        return Err("its digest does not match its contents".into());
    }
    let about: About =
        serde_json::from_str(text).map_err(|error| format!("what it says of itself: {error}"))?;
    if about.provenance.is_some() && digest.is_none() {
        return Err("its digest is missing".into());
    }
    if let Some((name, _)) = tensors.entries.iter().find(|(_, t)| t.data.iter().any(|v| !v.is_finite())) {
        return Err(format!("its tensor {name} has values that are not finite"));
    }
    Ok(Weights { about, tensors })
}
