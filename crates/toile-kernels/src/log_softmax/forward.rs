//! Forward, a row at a time in whole vectors.
//!
//! The last vector is filled up with minus infinity, which is never the largest and whose power is +0. A row
//! whose sum is NaN goes the reference's way: it holds a NaN, or infinities. In all others no comparison meets
//! a NaN, and the order in which lanes are compared shows only in the sign of a largest value that is zero,
//! which is gone once it has been subtracted and ln s, or where there is one zero alone nothing, taken off.

use crate::LANES;
use crate::log_softmax::reference;
use crate::math::{exp, ln};
use crate::simd::versions;

type Vector = [f32; LANES];

versions! {
    /// Writes the log-probabilities of one image's logits.
    pub(super) fn forward_row<S>(x: &[f32], y: &mut [f32]) {
        row(x, y);
    }
}

#[inline(always)]
fn row(x: &[f32], y: &mut [f32]) {
    let (vectors, rest) = x.as_chunks::<LANES>();
    let mut last = [f32::NEG_INFINITY; LANES];
    last[..rest.len()].copy_from_slice(rest);
    // In loops of their own: each is compiled to vectors.
    let mut largest = [x[0]; LANES];
    for vector in vectors.iter().chain([&last]) {
        for l in 0..LANES {
            largest[l] = if vector[l] > largest[l] { vector[l] } else { largest[l] };
        }
    }
    let m = halves(largest, |a, b| if b > a { b } else { a });
    // The powers first: a loop without sums keeps the constants in registers.
    let (powers, _) = y.as_chunks_mut::<LANES>();
    for (power, &x) in powers.as_flattened_mut().iter_mut().zip(vectors.as_flattened()) {
        *power = exp(x - m);
    }
    for value in &mut last {
        *value = exp(*value - m);
    }
    let mut sums = [0.0; LANES];
    for vector in powers.iter().chain([&last]) {
        for l in 0..LANES {
            sums[l] += vector[l];
        }
    }
    let s = halves(sums, |a, b| a + b);
    if s.is_nan() {
        return reference::forward(x.len(), x, y);
    }
    let log_sum = ln(s);
    for (&x, y) in x.iter().zip(y) {
        *y = (x - m) - log_sum;
    }
}

/// Joins lanes i and i + 8, then + 4, + 2, + 1.
#[inline(always)]
fn halves(mut lanes: Vector, join: impl Fn(f32, f32) -> f32) -> f32 {
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            lanes[i] = join(lanes[i], lanes[i + half]);
        }
    }
    lanes[0]
}
