//! Sixteen lanes of f32 on every instruction set.
//!
//! A kernel is written once over [`Simd`] and compiled once per instruction set by [`versions!`]. All
//! sets have the same sixteen virtual lanes and only operations that IEEE 754 rounds correctly, so a
//! kernel gives the same bits on each. What differs between sets is only how many accumulators fit the
//! registers ([`Simd::WIDE`]), which changes the tiling and never the order of accumulation. Where a loop has
//! fewer values than lanes it may be written over [`Vector`], so that a set with registers of less than
//! sixteen lanes can leave the others out.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx2_first;
#[cfg(target_arch = "x86_64")]
mod avx2_parts;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
mod lanes;
mod pairs;
#[cfg(target_arch = "x86_64")]
mod pairs_avx512;
#[cfg(target_arch = "x86_64")]
mod pairs_checked;
mod prefetch;
pub(crate) mod scalar;
mod step;
mod vector;
mod versions;

pub use lanes::LANES;
pub(crate) use lanes::{Simd, look_up};
pub(crate) use pairs::{Halves, Pairs};
#[cfg(target_arch = "x86_64")]
pub(crate) use pairs_avx512::Instruction;
#[cfg(target_arch = "x86_64")]
pub(crate) use pairs_checked::bf16_is_as_defined;
pub(crate) use prefetch::{prefetch, prefetch_to_write};
pub(crate) use step::{One, Step, Two};
pub(crate) use vector::Vector;
pub(crate) use versions::{pair_versions, versions};
