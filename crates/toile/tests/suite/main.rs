//! The library as a programmer meets it.

mod examples;
mod model;
mod pictures;
mod predictor;
mod refused;
mod saliency;
