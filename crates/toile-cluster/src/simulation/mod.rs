//! A study on many machines, on paper: how long it takes and how much work is lost, where machines fail, some are slow,
//! and all write to one file system.
//!
//! A discrete simulation. Each node takes the next run, works, and after every `checkpoint_every` seconds of work writes
//! a checkpoint to the one file system, which serves one request after the other. A node fails after a time that is
//! exponentially distributed; what its run has done since its last checkpoint is lost, and the run goes back into the
//! queue when its death has been noticed. The node comes back repaired.

mod chance;
mod cluster;
mod events;
mod outcome;

pub use cluster::Cluster;
pub use events::simulate;
pub use outcome::Outcome;
