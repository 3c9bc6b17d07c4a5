//! The arithmetic of Toile: SIMD kernels beside their plain references, the thread team that runs
//! them, and counter-based random numbers. All the `unsafe` of the workspace lives here, behind
//! functions that check every argument. Nothing here knows layers or files.

pub mod random;
