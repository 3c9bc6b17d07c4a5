//! What tests of several crates share: chance that a number repeats, and inputs changed at random.
//!
//! A property test is a loop over numbered cases. Case 17 is the same on every machine and in every run, so a failure
//! names its number and is repeated by it; no seed has to be kept.

mod bytes;
mod chance;
mod text;

pub use bytes::changed_bytes;
pub use chance::Chance;
pub use text::changed_text;
