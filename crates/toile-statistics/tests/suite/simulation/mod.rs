//! Simulated studies whose seeds x images matrices are like real ones, and how often verdicts on them err.
//!
//! `moments.rs` measures what matters of two models' real matrices, `latent.rs` finds the random process that
//! has these moments, `world.rs` draws from it, `rates.rs` counts. The tests and the example `coverage` share
//! it.

pub(crate) mod latent;
pub(crate) mod moments;
pub(crate) mod normals;
pub(crate) mod rates;
pub(crate) mod world;
