//! Every kernel against its plain reference: equal bits on every instruction set, for any number of
//! threads, with hostile values around and inside.

#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod activation;
mod add;
mod arguments;
mod avg_pool2d;
mod batch_norm;
mod conv2d;
mod dropout;
#[cfg(target_os = "linux")]
mod group_norm;
mod guarded;
mod linear;
mod log_softmax;
mod max_pool2d;
mod memory;
mod optimizer;
mod references;
mod support;
