//! What a claim says.

use serde::{Deserialize, Serialize};

use super::process::Process;

/// What a claim says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRecord {
    /// Which worker; its file is in the folder `.workers`.
    pub worker: String,
    /// The process that it is.
    pub process: Process,
}
