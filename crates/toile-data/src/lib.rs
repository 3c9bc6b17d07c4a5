//! Data of Toile: bytes to data sets to batches.

pub mod batches;
pub mod catalog;
pub mod dataset;
pub mod idx;
pub mod normalize;
pub mod split;

pub use dataset::Dataset;
pub use normalize::Normalizer;
