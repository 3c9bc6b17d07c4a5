//! The crate's integration tests, one binary.

mod agreement;
mod attribution;
mod contrasts;
mod coverage;
mod jackknife;
mod planning;
mod reference;
mod simulation;
mod small_samples;
