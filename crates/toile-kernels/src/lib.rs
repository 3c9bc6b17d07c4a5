//! The arithmetic of Toile: SIMD kernels beside their plain references, the thread team that runs
//! them, and counter-based random numbers. All the `unsafe` of the workspace lives here, behind
//! functions that check every argument. Nothing here knows networks or files.
//!
//! One folder per operation. Its `reference.rs` is the specification, bit for bit: every other version
//! of the operation accumulates in the order written there.

pub mod activation;
pub mod adaptive_max_pool2d;
pub mod add;
pub mod average;
pub mod avg_pool2d;
pub mod batch_norm;
pub mod buffer;
pub mod clip;
pub mod conv2d;
pub mod dropout;
pub(crate) mod element_wise;
pub mod floats;
pub(crate) mod fused;
pub mod group_norm;
pub mod grouped_conv2d;
pub mod handover;
pub mod isa;
pub mod layout;
pub mod linear;
pub mod log_softmax;
pub mod mapped;
pub mod math;
pub mod max_pool2d;
pub mod muon;
pub mod optimizer;
pub mod paper;
pub mod peak;
pub mod precision;
pub mod random;
pub mod real;
pub(crate) mod simd;
pub mod squeeze_excitation;
pub mod stochastic_depth;
pub mod team;
pub mod window;

pub use simd::LANES;

/// Images whose convolution gradients are summed together before the groups are added in order. Fixed,
/// because it is part of the order of accumulation.
pub const GROUP: usize = 8;
