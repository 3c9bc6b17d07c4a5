//! From pixel bytes to the numbers that a network sees: normalisation, and augmentation before it.
//!
//! Images are bytes in `[row][column][channel]` until the training threads ask for a row of one: what is done to it is
//! worked out there.

pub mod augment;
mod normalize;

pub use normalize::{NormalizeError, Normalizer};
