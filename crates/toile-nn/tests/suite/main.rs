//! The crate's integration tests: one module a subject.

mod gradients;
mod plain;
