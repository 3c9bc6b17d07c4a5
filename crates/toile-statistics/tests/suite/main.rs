//! The crate's integration tests, one binary.

mod attribution;
mod contrasts;
mod coverage;
mod planning;
mod reference;
mod simulation;
mod small_samples;
