//! What a run goes on from: one file, so that it is there as a whole or not at all.
//!
//! Weights and the optimizer's memory are its tensors; position, partial sums, rows and times are JSON
//! in its header, with a digest over everything. The one before stays until the new one is durable.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use toile_nn::state::{OptimizerState, StateDict};

use crate::atomic::{self, WriteError};
use crate::error::StoreError;
use crate::folder::RunFolder;
use crate::rows::EpochRow;
use crate::safetensors;

/// The layout of the file. Another one is refused, not guessed at.
const FORMAT: u32 = 1;

/// Where a run stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Epochs done and evaluated; the running one has this index.
    pub epoch: u32,
    /// Steps of the running epoch done.
    pub step: u64,
    /// Its losses so far, in the order of its images.
    pub loss_sum: f64,
    /// Its images right so far.
    pub correct: u64,
    /// Its images so far.
    pub images: u64,
    /// The rows of the epochs done. Best epoch and patience follow from them.
    pub rows: Vec<EpochRow>,
    /// Seconds of training so far, all sessions.
    pub training_seconds: f64,
    /// Seconds of evaluation so far, all sessions.
    pub evaluation_seconds: f64,
    /// The shorter run it went on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued_from: Option<String>,
}

/// A checkpoint in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Where the run stands.
    pub position: Position,
    /// (file, SHA-256) of the data trained on.
    pub data_digests: Vec<(String, String)>,
    /// Parameters and buffers.
    pub weights: StateDict<f32>,
    /// The optimizer's memory.
    pub optimizer: OptimizerState,
}

/// The JSON part.
#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    optimizer_step: u64,
    position: Position,
    data_digests: Vec<(String, String)>,
}

const WEIGHTS: &str = "weights/";
const OPTIMIZER: &str = "optimizer/";

impl Checkpoint {
    /// Replaces the run's checkpoint.
    ///
    /// # Errors
    /// A file that cannot be written; the checkpoint before stays.
    pub fn write(&self, folder: &RunFolder) -> Result<(), WriteError> {
        let header = serde_json::to_string(&Header {
            format: FORMAT,
            optimizer_step: self.optimizer.step,
            position: self.position.clone(),
            data_digests: self.data_digests.clone(),
        })
        .expect("a position is plain data");
        let mut tensors = StateDict::default();
        let parts = [(WEIGHTS, &self.weights), (OPTIMIZER, &self.optimizer.tensors)];
        for (prefix, (name, tensor)) in
            parts.into_iter().flat_map(|(prefix, part)| part.entries.iter().map(move |e| (prefix, e)))
        {
            // `push` asserts that the values fill the shape: the check before writing.
            tensors.push(format!("{prefix}{name}"), tensor.shape.clone(), tensor.data.clone());
        }
        let metadata =
            vec![("sha256".to_owned(), digest(&header, &tensors)), ("toile_checkpoint".to_owned(), header)];
        let path = folder.checkpoint();
        atomic::create_folder(path.parent().expect("it lies in a folder"))?;
        atomic::write_with(&path, |file| safetensors::write(file, &metadata, &tensors))
    }

    /// The run's checkpoint, if it has one.
    ///
    /// # Errors
    /// A file that cannot be read or is damaged.
    pub fn read(folder: &RunFolder) -> Result<Option<Self>, StoreError> {
        let path = folder.checkpoint();
        let Some(bytes) = folder.read(&path)? else { return Ok(None) };
        Self::parse(&bytes).map(Some).map_err(|problem| folder.damaged(&path, problem))
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let (metadata, tensors) = safetensors::read(bytes)?;
        let value = |key: &str| {
            let found = metadata.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
            found.ok_or_else(|| format!("it is no checkpoint: {key} is missing"))
        };
        let header = value("toile_checkpoint")?;
        if digest(header, &tensors) != value("sha256")? {
            return Err("its digest does not match its contents".into());
        }
        let parsed: Header = serde_json::from_str(header).map_err(|e| format!("its position: {e}"))?;
        if parsed.format != FORMAT {
            return Err(format!("its format is {}, this version of Toile reads {FORMAT}", parsed.format));
        }
        let mut weights = StateDict::default();
        let mut memory = StateDict::default();
        for (name, tensor) in tensors.entries {
            if let Some(name) = name.strip_prefix(WEIGHTS) {
                weights.push(name, tensor.shape, tensor.data);
            } else if let Some(name) = name.strip_prefix(OPTIMIZER) {
                memory.push(name, tensor.shape, tensor.data);
            }
        }
        Ok(Checkpoint {
            position: parsed.position,
            data_digests: parsed.data_digests,
            weights,
            optimizer: OptimizerState { step: parsed.optimizer_step, tensors: memory },
        })
    }
}

/// Over the header and each tensor's name, shape and bits.
fn digest(header: &str, tensors: &StateDict<f32>) -> String {
    let mut hash = Sha256::new();
    hash.update(header);
    for (name, tensor) in &tensors.entries {
        hash.update(format!("\n{name} {:?}\n", tensor.shape));
        for chunk in tensor.data.chunks(4096) {
            hash.update(chunk.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>());
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Checkpoint {
        let mut weights = StateDict::default();
        weights.push("fc1.weight", vec![2, 2], vec![0.1, -0.0, f32::MIN_POSITIVE, 3.0]);
        let mut memory = StateDict::default();
        memory.push("fc1.weight.exp_avg", vec![2, 2], vec![1.0, 2.0, 3.0, 4.0]);
        Checkpoint {
            position: Position { epoch: 1, step: 3, loss_sum: 0.1 + 0.2, images: 384, ..Default::default() },
            data_digests: vec![("train".into(), "ab".into())],
            weights,
            optimizer: OptimizerState { step: 9, tensors: memory },
        }
    }

    #[test]
    fn it_is_read_back_as_it_was_written() {
        let out = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(out.path(), "m", 0);
        assert_eq!(Checkpoint::read(&folder).unwrap(), None);
        sample().write(&folder).unwrap();
        assert_eq!(Checkpoint::read(&folder).unwrap(), Some(sample()));
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed() {
        let out = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(out.path(), "m", 0);
        sample().write(&folder).unwrap();
        let bytes = std::fs::read(folder.checkpoint()).unwrap();
        for index in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[index] ^= 1;
            match Checkpoint::parse(&damaged) {
                Err(_) => {}
                // A bit in the spaces behind the header changes nothing.
                Ok(read) => assert_eq!(read, sample(), "byte {index}"),
            }
        }
    }
}
