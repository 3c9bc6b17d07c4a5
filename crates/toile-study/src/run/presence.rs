//! What other processes in the same folder are told of this one.

use toile_store::claims::{Process, Pulse};

/// Which process this is, and how often it tells that it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Presence {
    /// Which.
    pub process: Process,
    /// How often.
    pub pulse: Pulse,
}

impl Default for Presence {
    fn default() -> Self {
        Presence { process: Process::this(None, None), pulse: Pulse::default() }
    }
}
