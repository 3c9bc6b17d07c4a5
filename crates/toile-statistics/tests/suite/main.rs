//! The crate's integration tests, one binary.

mod contrasts;
mod reference;
