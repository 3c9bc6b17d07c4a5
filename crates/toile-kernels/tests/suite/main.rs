//! Every kernel against its plain reference: equal bits on every instruction set, for any number of
//! threads, with hostile values around and inside.

#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod conv2d;
mod linear;
mod references;
mod support;
