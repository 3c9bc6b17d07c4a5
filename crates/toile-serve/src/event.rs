//! What a server has to tell while it runs.

use toile_protocol::ModelFacts;

/// What a server has to tell.
#[derive(Clone, Debug)]
pub enum Event {
    /// The runs were loaded again.
    Reloaded(Vec<ModelFacts>),
    /// They could not be, for this reason, and those that were loaded before go on.
    ReloadRefused(String),
    /// So many connections did not end in time.
    CutOff(u64),
}
