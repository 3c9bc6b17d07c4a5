//! Why a model cannot be written in a format.

/// A model that cannot be written in a format.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The format has no room for so many weights.
    #[error(
        "the model's {bytes} bytes are more than the {limit} that {format} can hold; export it as safetensors"
    )]
    TooLarge {
        /// The format, as one calls it.
        format: &'static str,
        /// What there is to write, in bytes.
        bytes: u64,
        /// What fits.
        limit: u64,
    },
    /// Weights that no device can compute with.
    #[error("{tensor} has values that are no finite numbers; export a run that did not diverge")]
    NoNumbers {
        /// Whose values.
        tensor: String,
    },
    /// What was written does not read back as what was meant.
    #[error(
        "the ONNX graph that was made is not sound: {problem}; this is a bug in Toile, please report it with the study file"
    )]
    Unsound {
        /// What is wrong with it.
        problem: String,
    },
}
