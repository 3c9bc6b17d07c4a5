//! What runs leave on disk, and how it is read back: run folders, checkpoints, safetensors, tables, atomic writing.
//!
//! This crate knows the state dict of a network and nothing of training, of evidence or of terminals.

pub mod atomic;
pub mod checkpoint;
mod error;
mod evaluation;
mod folder;
pub mod names;
mod receipt;
mod rows;
mod run_id;
pub mod safetensors;
pub mod table;

pub use checkpoint::{Checkpoint, Position};
pub use error::StoreError;
pub use evaluation::{Ending, Evaluation, RunResults, RunStatus};
pub use folder::{RunFolder, json};
pub use receipt::Receipt;
pub use rows::EpochRow;
pub use run_id::RunId;
