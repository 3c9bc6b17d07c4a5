//! The half of Muon that takes a whole matrix (Jordan et al. 2024): the direction of a step with all its singular
//! values brought near 1, and the step. The other half goes value by value
//! ([`crate::optimizer::DirectionStep`]).
//!
//! **Formula.** [`reference`] says it.
//!
//! **Layout.** The weight and the direction lie in any order, the same for both; `places` says where each value of
//! PyTorch's order, `[row][column]`, stands. Inside, matrices are `[row][column]` with rows filled up to whole
//! vectors.
//!
//! **Aliasing.** None.
//!
//! **Order of accumulation.** As [`reference`] fixes it: each product of matrices is a chain of fused multiply-adds
//! over the terms. Nothing depends on the places, the threads or the instruction set.

mod product;
pub mod reference;
mod step;

pub use reference::{MuonStep, Size};
pub use step::{Args, Scratch, step};
