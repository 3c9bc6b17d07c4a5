//! What a run goes on from: one file, so that it is there as a whole or not at all.
//!
//! Weights, the optimizer's memory and an average of the weights are its tensors; position, partial sums, rows and times are JSON
//! in its header, with a digest over everything. The one before stays until the new one is durable.

use std::fs::File;

use serde::{Deserialize, Serialize};
use toile_nn::state::{OptimizerState, StateDict};

use crate::atomic::{self, WriteError};
use crate::digest::{sha256, tensors_sha256};
use crate::epoch_row::EpochRow;
use crate::error::StoreError;
use crate::file::{self, Kind};
use crate::folder::RunFolder;
use crate::provenance::Provenance;
use crate::safetensors::{self, Metadata};

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
    /// The weights of its images so far, where classes have weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_sum: Option<f64>,
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

impl Position {
    /// The loss of the running epoch so far: the mean over its images, or with class weights the weighted mean.
    pub fn mean_loss(&self) -> f64 {
        self.loss_sum / self.weight_sum.unwrap_or(self.images as f64)
    }
}

/// A checkpoint in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Where the run stands.
    pub position: Position,
    /// What it belongs to; absent in checkpoints of earlier versions.
    pub provenance: Option<Provenance>,
    /// (file, SHA-256) of the data trained on.
    pub data_digests: Vec<(String, String)>,
    /// Parameters and buffers.
    pub weights: StateDict<f32>,
    /// The optimizer's memory.
    pub optimizer: OptimizerState,
    /// The average of parameters and buffers, where the training keeps one.
    pub average: Option<StateDict<f32>>,
}

/// The JSON part.
#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    optimizer_step: u64,
    position: Position,
    data_digests: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provenance: Option<Provenance>,
}

/// Where an unfinished run stands, read without its tensors.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standing {
    pub(crate) position: Position,
    pub(crate) provenance: Option<Provenance>,
}

const ALL: &str = "sha256";
const HEADER: &str = "toile_checkpoint";
const HEADER_ALONE: &str = "toile_checkpoint_sha256";
const WEIGHTS: &str = "weights/";
const OPTIMIZER: &str = "optimizer/";
const AVERAGE: &str = "average/";

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
            provenance: self.provenance.clone(),
        })
        .expect("a position is plain data");
        let mut tensors = StateDict::default();
        let average = self.average.iter().map(|average| (AVERAGE, average));
        let parts =
            [(WEIGHTS, &self.weights), (OPTIMIZER, &self.optimizer.tensors)].into_iter().chain(average);
        for (prefix, (name, tensor)) in
            parts.flat_map(|(prefix, part)| part.entries.iter().map(move |e| (prefix, e)))
        {
            // `push` asserts that the values fill the shape: the check before writing.
            tensors.push(format!("{prefix}{name}"), tensor.shape.clone(), tensor.data.clone());
        }
        let metadata = vec![
            (ALL.to_owned(), tensors_sha256(&header, &tensors)),
            (HEADER_ALONE.to_owned(), sha256(header.as_bytes())),
            (HEADER.to_owned(), header),
        ];
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
        let Some(bytes) = file::read(&path, Kind::Tensors)? else { return Ok(None) };
        Self::parse(&bytes).map(Some).map_err(|problem| damaged(folder, problem))
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let (metadata, tensors) = safetensors::read(bytes)?;
        let header = value(&metadata, HEADER)?;
        if tensors_sha256(header, &tensors) != value(&metadata, ALL)? {
            return Err("its digest does not match its contents".into());
        }
        let parsed = parse_header(header)?;
        let mut weights = StateDict::default();
        let mut memory = StateDict::default();
        let mut average = StateDict::default();
        for (name, tensor) in tensors.entries {
            if let Some(name) = name.strip_prefix(WEIGHTS) {
                weights.push(name, tensor.shape, tensor.data);
            } else if let Some(name) = name.strip_prefix(OPTIMIZER) {
                memory.push(name, tensor.shape, tensor.data);
            } else if let Some(name) = name.strip_prefix(AVERAGE) {
                average.push(name, tensor.shape, tensor.data);
            }
        }
        Ok(Checkpoint {
            position: parsed.position,
            provenance: parsed.provenance,
            data_digests: parsed.data_digests,
            weights,
            optimizer: OptimizerState { step: parsed.optimizer_step, tensors: memory },
            average: Some(average).filter(|average| !average.entries.is_empty()),
        })
    }
}

impl Standing {
    /// Where the run stands; `None` without a checkpoint.
    ///
    /// # Errors
    /// A file that cannot be read or is damaged.
    pub(crate) fn read(folder: &RunFolder) -> Result<Option<Self>, StoreError> {
        let path = folder.checkpoint();
        if file::check(&path, Kind::Tensors)?.is_none() {
            return Ok(None);
        }
        let metadata = File::open(&path).and_then(|file| safetensors::read_metadata(&file));
        let Some(metadata) = file::absent(&path, metadata)? else { return Ok(None) };
        let parsed = metadata.and_then(|metadata| {
            let header = value(&metadata, HEADER)?;
            // Earlier versions have one digest, over the tensors too.
            let digest = metadata.iter().find(|(key, _)| key == HEADER_ALONE).map(|(_, digest)| digest);
            let parsed = parse_header(header)?;
            let is_whole = digest.map_or(parsed.provenance.is_none(), |d| sha256(header.as_bytes()) == *d);
            if is_whole { Ok(parsed) } else { Err("its digest does not match its contents".into()) }
        });
        let Header { position, provenance, .. } = parsed.map_err(|problem| damaged(folder, problem))?;
        Ok(Some(Standing { position, provenance }))
    }
}

fn value<'a>(metadata: &'a Metadata, key: &str) -> Result<&'a str, String> {
    let found = metadata.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
    found.ok_or_else(|| format!("it is no checkpoint: {key} is missing"))
}

fn parse_header(text: &str) -> Result<Header, String> {
    let parsed: Header = serde_json::from_str(text).map_err(|e| format!("its position: {e}"))?;
    match parsed.format {
        FORMAT => Ok(parsed),
        format => Err(format!("its format is {format}, this version of Toile reads {FORMAT}")),
    }
}

/// What an unfinished run goes on from is lost with its checkpoint; a finished run does not need it.
fn damaged(folder: &RunFolder, problem: String) -> StoreError {
    let remedy = match folder.evaluation().exists() {
        true => "delete it: the run is finished and does without",
        false => "delete it to train this run from its start, or put a copy of it back",
    };
    StoreError::damaged(&folder.checkpoint(), problem, remedy)
}

#[cfg(test)]
mod tests {
    use toile_testing::{Chance, changed_bytes};

    use super::*;

    fn sample() -> Checkpoint {
        let mut weights = StateDict::default();
        weights.push("fc1.weight", vec![2, 2], vec![0.1, -0.0, f32::MIN_POSITIVE, 3.0]);
        let mut memory = StateDict::default();
        memory.push("fc1.weight.exp_avg", vec![2, 2], vec![1.0, 2.0, 3.0, 4.0]);
        let mut average = StateDict::default();
        average.push("fc1.weight", vec![2, 2], vec![0.5, -0.5, 0.25, 2.0]);
        Checkpoint {
            position: Position {
                epoch: 1,
                step: 3,
                loss_sum: 0.1 + 0.2,
                weight_sum: Some(1.0 / 3.0),
                images: 384,
                ..Default::default()
            },
            provenance: Some(Provenance { model: "m".into(), ..Provenance::default() }),
            data_digests: vec![("train".into(), "ab".into())],
            weights,
            optimizer: OptimizerState { step: 9, tensors: memory },
            average: Some(average),
        }
    }

    #[test]
    fn it_is_read_back_as_it_was_written() {
        let out = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(out.path(), "m", 0);
        assert_eq!(Checkpoint::read(&folder).unwrap(), None);
        sample().write(&folder).unwrap();
        assert_eq!(Checkpoint::read(&folder).unwrap(), Some(sample()));
        let standing = Standing::read(&folder).unwrap().unwrap();
        assert_eq!((standing.position, standing.provenance), (sample().position, sample().provenance));
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

    #[test]
    fn changed_checkpoints_are_refused_or_the_same() {
        let out = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(out.path(), "m", 0);
        sample().write(&folder).unwrap();
        let bytes = std::fs::read(folder.checkpoint()).unwrap();
        for case in 0..2000 {
            match Checkpoint::parse(&changed_bytes(&bytes, &mut Chance::new(1, case))) {
                Err(problem) => assert!(!problem.is_empty(), "case {case}"),
                Ok(read) => assert_eq!(read, sample(), "case {case}"),
            }
        }
    }
}
