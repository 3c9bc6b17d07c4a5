//! `receipt.json`: what differs between two honest runs.

use serde::{Deserialize, Serialize};

use crate::provenance::Provenance;
use crate::sealed;

/// What differs between two honest runs: `receipt.json` of a run's folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// When the run finished, UTC, RFC 3339.
    pub finished_at: String,
    /// Seconds of training, resumed parts added up, evaluation excluded.
    pub training_seconds: f64,
    /// Seconds of evaluation.
    pub evaluation_seconds: f64,
    /// Training images a second.
    pub images_per_second: f64,
    /// Threads of the run.
    pub threads: usize,
    /// Instruction set used: `avx512bf16`, `avx512`, `avx2`, `scalar`.
    pub isa: String,
    /// Processor model.
    pub cpu: String,
    /// Operating system and architecture.
    pub platform: String,
    /// Command line that ran it.
    pub command: String,
    /// The shorter run it went on from; its times count too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued_from: Option<String>,
    /// Where the weights are from, where they were not trained here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
    /// What it belongs to; absent in files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

/// The file that weights were imported from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Its name, without its folder.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

impl Receipt {
    /// The file's bytes.
    pub(crate) fn format(&self) -> Vec<u8> {
        sealed::seal(self)
    }

    /// Reads what [`format`](Self::format) wrote, also in an earlier version. An error says what is wrong.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        Ok(sealed::open(bytes, &["provenance"])?.record)
    }
}
