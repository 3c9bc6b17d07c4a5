//! The crate's integration tests, one binary.

mod agreement;
mod attribution;
mod by_hand;
mod confident;
mod contrasts;
mod coverage;
mod cross_validation;
mod distributions;
mod fractional;
mod jackknife;
mod nested;
mod over_seeds;
mod planning;
mod reference;
mod sample;
mod simulation;
mod small_samples;
mod verdict;
