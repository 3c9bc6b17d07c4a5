//! What can go wrong.

use toile_data::DataError;
use toile_nn::description::DescriptionError;
use toile_nn::engine::EngineError;
use toile_nn::state::StateError;
use toile_study::evidence::EvidenceError;
use toile_study::study_file::StudyFileError;
use toile_study::trained::TrainedError;

/// Why something could not be done, and what would help.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A data set that is unknown, not there, or not what it should be.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Layers that make no network.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// A model that cannot be loaded: no run, or a file that is missing, damaged, or of another run.
    #[error(transparent)]
    Trained(#[from] TrainedError),
    /// A text that is no list of layers, or no study.
    #[error(transparent)]
    StudyFile(#[from] StudyFileError),
    /// Weights that do not belong to the network.
    #[error(transparent)]
    State(#[from] StateError),
    /// Predictions that cannot be compared.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// There is no memory for the network, or a thread is refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A setting that does not fit the others or the data.
    #[error("{0}")]
    Setting(String),
    /// The loss was no longer finite.
    #[error(
        "the loss was no longer finite in epoch {epoch}, step {step}; a smaller learning rate usually helps"
    )]
    Diverged {
        /// From 1.
        epoch: u32,
        /// Step in the epoch, from 1.
        step: u64,
    },
    /// A file that could not be written.
    #[error(transparent)]
    Write(#[from] toile_store::atomic::WriteError),
}
