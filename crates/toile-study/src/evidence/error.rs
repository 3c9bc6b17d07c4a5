//! What can keep evidence from being computed or read.

use toile_statistics::{ContrastError, SampleError};
use toile_store::StoreError;

/// Runs, or files about them, that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// A file in a study's folder cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The runs of a model do not belong together.
    #[error("the runs of {model} cannot be compared: {source}; run the model again, in a folder of its own")]
    Sample {
        /// Name of the model.
        model: String,
        /// What does not fit.
        source: SampleError,
    },
    /// The models do not belong together.
    #[error(
        "the models cannot be compared: {0}; compare models that were tested on the same images, in the same folds"
    )]
    Contrast(#[from] ContrastError),
}
