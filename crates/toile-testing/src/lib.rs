//! What tests of several crates share: chance that a number repeats, inputs changed at random, kept texts, and networks in C
//! that are run.
//!
//! A property test is a loop over numbered cases. Case 17 is the same on every machine and in every run, so a failure
//! names its number and is repeated by it; no seed has to be kept.

mod bytes;
pub mod c;
mod chance;
mod kept;
mod text;

pub use bytes::changed_bytes;
pub use chance::Chance;
pub use kept::check_kept;
pub use text::changed_text;
