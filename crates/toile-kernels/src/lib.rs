//! The arithmetic of Toile: SIMD kernels beside their plain references, the thread team that runs
//! them, and counter-based random numbers. All the `unsafe` of the workspace lives here, behind
//! functions that check every argument. Nothing here knows networks or files.

pub mod buffer;
pub mod conv2d;
pub mod isa;
pub mod layout;
pub mod linear;
pub mod optimizer;
pub mod random;
pub(crate) mod simd;
pub mod team;

pub use simd::LANES;

/// Images whose convolution gradients are summed together before the groups are added in order. Fixed,
/// because it is part of the order of accumulation.
pub const GROUP: usize = 8;
