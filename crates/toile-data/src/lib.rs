//! Data of Toile: bytes to data sets to batches.

pub mod catalog;
pub mod dataset;
