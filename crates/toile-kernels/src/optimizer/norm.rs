//! The sum of the squares of a tensor's values.
//!
//! Order of accumulation: values in PyTorch's order, in chunks of [`SUM_CHUNK`]. A chunk has eight sums of 64 bit from
//! +0; value i of it goes to sum i mod 8, as its square (rounded to 64 bit) and a plain addition. Then sum j += sum
//! j + 4 for j < 4, + 2, + 1. The chunks are added in order, from +0.

use super::places::Places;
use crate::real::Real;
use crate::team::{Shares, Team};

/// Values that are summed together.
pub const SUM_CHUNK: usize = 4096;

/// Sums of a chunk.
const SUMS: usize = 8;

/// The sum over all values: the specification.
pub fn square_sum<T: Real>(values: &[T]) -> f64 {
    values.chunks(SUM_CHUNK).fold(0.0, |sum, chunk| {
        let mut sums = [0.0; SUMS];
        for (i, x) in chunk.iter().enumerate() {
            let x = x.to_f64();
            sums[i % SUMS] += x * x;
        }
        sum + total(sums)
    })
}

/// The same over packed values, chunks shared out. `sums` has room for one of each chunk.
///
/// # Panics
/// A place beyond the values, or fewer sums than chunks.
pub fn square_sum_of(team: &mut Team, values: &[f32], places: &Places, sums: &mut [f64]) -> f64 {
    let places = places.as_slice();
    let sums = &mut sums[..places.len().div_ceil(SUM_CHUNK)];
    let to = Shares(sums.as_mut_ptr());
    team.for_each(sums.len(), |_, item| {
        let start = item * SUM_CHUNK;
        let chunk = &places[start..places.len().min(start + SUM_CHUNK)];
        let sum = of_chunk(values, chunk);
        // SAFETY: an item is the number of a chunk, and writes the place of its own.
        unsafe { *to.at(item) = sum };
    });
    sums.iter().fold(0.0, |sum, chunk| sum + chunk)
}

/// The sum of a chunk, eight values at a time, so that the eight sums stay in registers. It is not compiled for each
/// instruction set: with AVX2 and AVX-512, too, the compiler collects no vectors from places that lie anywhere.
fn of_chunk(values: &[f32], places: &[u32]) -> f64 {
    let value = |&place: &u32| f64::from(values[place as usize]);
    let mut sums = [0.0; SUMS];
    let (eights, rest) = places.as_chunks::<SUMS>();
    for eight in eights {
        add_squares(&mut sums, eight.iter().map(value));
    }
    add_squares(&mut sums, rest.iter().map(value));
    total(sums)
}

/// Adds the squares of at most eight values, each to the sum of its place.
#[inline(always)]
fn add_squares(sums: &mut [f64; SUMS], values: impl Iterator<Item = f64>) {
    for (sum, x) in sums.iter_mut().zip(values) {
        *sum += x * x;
    }
}

/// Adds up a chunk's sums.
#[inline(always)]
fn total(mut sums: [f64; SUMS]) -> f64 {
    for half in [4, 2, 1] {
        for j in 0..half {
            sums[j] += sums[j + half];
        }
    }
    sums[0]
}
