//! Dropout value by value: the specification.
//!
//! Formula: y = x * scale where the unit is kept, +0 where it is dropped; scale = 1 / (1 - p), computed in
//! f64. Gradient: the same on dy.
//!
//! A unit `u` of an image is kept iff number `u` of the stream (seed, `Dropout(ordinal)`, epoch, image id)
//! is at least `threshold` = round(p * 2^32). Units of `Dropout` are the image's values in memory order,
//! those of `Dropout2d` its channels.

use crate::random::Stream;
use crate::real::Real;

/// Below this a random word drops its unit. 2^32 at most, so it needs 64 bits.
pub fn threshold(p: f64) -> u64 {
    (p * 4_294_967_296.0).round() as u64
}

/// What kept values are multiplied with.
pub fn scale<T: Real>(p: f64) -> T {
    T::from_f64(1.0 / (1.0 - p))
}

/// Whether unit `unit` of the image of `stream` is kept.
pub fn keep(stream: &Stream, threshold: u64, unit: usize) -> bool {
    u64::from(stream.u32(unit as u32)) >= threshold
}

/// Writes one image's output from its input, or the gradient of its input from that of its output (added
/// with `accumulate`). `keep` has an entry a unit; value `i` belongs to unit `i % keep.len()`: all units
/// for `Dropout`, the channels for `Dropout2d`.
pub fn apply<T: Real>(scale: T, keep: &[bool], x: &[T], accumulate: bool, y: &mut [T]) {
    assert_eq!(x.len(), y.len(), "dropout: lengths");
    assert_eq!(x.len() % keep.len(), 0, "dropout: whole units");
    for (i, (&x, y)) in x.iter().zip(y).enumerate() {
        let term = if keep[i % keep.len()] { x * scale } else { T::ZERO };
        *y = if accumulate { *y + term } else { term };
    }
}
