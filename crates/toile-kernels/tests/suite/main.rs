//! Every kernel against its plain reference: equal bits on every instruction set, for any number of
//! threads, with hostile values around and inside.

#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod activation;
mod adaptive_max_pool2d;
mod add;
mod arguments;
mod average;
mod avg_pool2d;
mod batch_norm;
mod clip;
mod conv2d;
mod dropout;
#[cfg(target_arch = "x86_64")]
mod floats;
mod group_norm;
mod grouped_conv2d;
#[cfg(target_os = "linux")]
mod guarded;
mod handover;
mod lanes;
mod linear;
mod log_softmax;
mod mapped;
mod math;
mod max_pool2d;
mod memory;
mod muon;
mod optimizer;
mod peak;
mod random;
mod references;
mod rounding;
mod squeeze_excitation;
mod stochastic_depth;
mod support;
mod team;
mod way_back;
mod way_in;

// The crate's own sources once more, for `lanes`: a library that has unit tests is compiled twice as a whole.
use toile_kernels::precision;

#[path = "../../src/fused.rs"]
mod fused;
#[allow(dead_code, reason = "`lanes` uses only some of it")]
#[path = "../../src/isa.rs"]
mod isa;
#[allow(dead_code, unused_imports, reason = "`lanes` uses only some of it")]
#[path = "../../src/simd/mod.rs"]
mod simd;
