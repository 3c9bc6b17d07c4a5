//! The data of a study.

use toile_data::Dataset;

/// The data of a study.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// Images to train on, and to hold out from.
    pub train: &'a Dataset,
    /// Images to test on.
    pub test: &'a Dataset,
    /// (file, SHA-256) of the uncompressed files.
    pub digests: &'a [(String, String)],
}
