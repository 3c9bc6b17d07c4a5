//! What runs leave on disk, and how it is read back: run folders, checkpoints, safetensors, tables, atomic writing.
//!
//! Every file of a run that is read later says what it belongs to and carries a digest, or is vouched for by
//! `evaluation.json`, which does. [`StoredRun`] checks both before anything is believed.
//!
//! This crate knows the state dict of a network and nothing of training, of evidence or of terminals.

pub mod atomic;
pub mod checkpoint;
pub mod claims;
mod confusion;
mod digest;
mod epoch_row;
mod error;
mod evaluation;
pub mod exponential;
mod failure;
pub mod file;
mod folder;
pub mod foreign;
pub mod names;
pub mod predictions;
mod probabilities;
mod provenance;
mod receipt;
mod run_id;
pub mod safetensors;
pub mod sealed;
mod stored;
pub mod table;
pub mod weights;

pub use checkpoint::{Checkpoint, Position};
pub use confusion::{ConfusionMatrix, WHOLE_CLASSES_MAX};
pub use digest::sha256;
pub use epoch_row::{EpochRow, results_sha256};
pub use error::StoreError;
pub use evaluation::{Ending, Evaluation, RunResults, RunStatus};
pub use failure::Failure;
pub use folder::{RunFolder, seed_of};
pub use predictions::Predictions;
pub use probabilities::Probabilities;
pub use provenance::Provenance;
pub use receipt::{Imported, Receipt};
pub use run_id::RunId;
pub use stored::{StoredRun, ending};
pub use weights::Weights;
