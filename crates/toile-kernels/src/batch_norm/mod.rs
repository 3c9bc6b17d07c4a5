//! Batch normalisation.

pub mod reference;
