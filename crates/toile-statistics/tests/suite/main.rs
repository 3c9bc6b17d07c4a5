//! The crate's integration tests, one binary.

mod attribution;
mod contrasts;
mod reference;
