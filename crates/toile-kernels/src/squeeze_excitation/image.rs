//! One image there and back, in any precision: what the reference runs image by image, and the kernels compile for
//! each instruction set. Inner loops go over channels side by side in memory, and each sum is a chain of its own, so
//! that a compiler can take many at once without changing a bit.

use super::gate::Gate;
use crate::real::Real;

/// How an image lies in memory, from pixel (0, 0) on.
#[derive(Clone, Copy)]
pub(super) struct Plane {
    pub(super) channels: usize,
    /// From one row to the next.
    pub(super) stride: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Plane {
    /// Where each row begins and ends.
    fn lines(self) -> impl Iterator<Item = std::ops::Range<usize>> {
        (0..self.rows).map(move |row| row * self.stride..row * self.stride + self.columns * self.channels)
    }
}

/// Both layers, `fc1` `[squeezed][channel]` and `fc2` `[channel][squeezed]`.
#[derive(Clone, Copy)]
pub(super) struct Weights<'a, T> {
    pub(super) fc1: &'a [T],
    pub(super) bias1: &'a [T],
    pub(super) fc2: &'a [T],
    pub(super) bias2: &'a [T],
}

/// What an image leaves for its way back.
pub(super) struct Kept<'a, T> {
    /// Of each channel.
    pub(super) means: &'a mut [T],
    /// Behind ReLU.
    pub(super) hidden: &'a mut [T],
    /// In front of the gate, and behind it.
    pub(super) gates: &'a mut [T],
    pub(super) scales: &'a mut [T],
}

impl<'a, T> Kept<'a, T> {
    /// Of `3 channels + squeezed` values.
    pub(super) fn of(values: &'a mut [T], channels: usize, squeezed: usize) -> Kept<'a, T> {
        let (means, rest) = values.split_at_mut(channels);
        let (hidden, rest) = rest.split_at_mut(squeezed);
        let (gates, scales) = rest.split_at_mut(channels);
        Kept { means, hidden, gates, scales }
    }
}

/// Adds `factor` times a row to the sums.
#[inline(always)]
fn add_row<T: Real>(sums: &mut [T], factor: T, row: &[T]) {
    for (sum, &value) in sums.iter_mut().zip(row) {
        *sum = factor.mul_add(value, *sum);
    }
}

/// Writes an image's output, and what its way back needs; the planes are the input's and the output's. `transposed` are `fc1` and `fc2` with rows for columns.
#[inline(always)]
pub(super) fn forward<T: Real>(
    gate: Gate,
    [plane, to]: [Plane; 2],
    weights: Weights<'_, T>,
    transposed: [&[T]; 2],
    x: &[T],
    kept: Kept<'_, T>,
    y: &mut [T],
) {
    let Kept { means, hidden, gates, scales } = kept;
    let (channels, squeezed) = (plane.channels, weights.bias1.len());
    means.fill(T::ZERO);
    for line in plane.lines() {
        for pixel in x[line].chunks_exact(channels) {
            for (mean, &x) in means.iter_mut().zip(pixel) {
                *mean = *mean + x;
            }
        }
    }
    let pixels = T::from_f64((plane.rows * plane.columns) as f64);
    for mean in means.iter_mut() {
        *mean = *mean / pixels;
    }
    hidden.copy_from_slice(weights.bias1);
    for (&mean, row) in means.iter().zip(transposed[0].chunks_exact(squeezed)) {
        add_row(hidden, mean, row);
    }
    for value in hidden.iter_mut() {
        *value = if T::ZERO > *value { T::ZERO } else { *value };
    }
    gates.copy_from_slice(weights.bias2);
    for (&value, row) in hidden.iter().zip(transposed[1].chunks_exact(channels)) {
        add_row(gates, value, row);
    }
    for (scale, &value) in scales.iter_mut().zip(gates.iter()) {
        *scale = gate.value(value);
    }
    for (line, to) in plane.lines().zip(to.lines()) {
        let pixels = x[line].chunks_exact(channels).zip(y[to].chunks_exact_mut(channels));
        for (x, y) in pixels {
            for ((&x, y), &scale) in x.iter().zip(y).zip(scales.iter()) {
                *y = x * scale;
            }
        }
    }
}

/// Gradients of both layers, laid out as these.
pub(super) struct DWeights<'a, T> {
    pub(super) fc1: &'a mut [T],
    pub(super) bias1: &'a mut [T],
    pub(super) fc2: &'a mut [T],
    pub(super) bias2: &'a mut [T],
}

/// Room for the gradients of the scales, of the hidden values and of the means.
pub(super) struct Room<'a, T> {
    d_gates: &'a mut [T],
    d_hidden: &'a mut [T],
    d_means: &'a mut [T],
}

impl<'a, T> Room<'a, T> {
    /// Of `2 channels + squeezed` values.
    pub(super) fn of(values: &'a mut [T], channels: usize, squeezed: usize) -> Room<'a, T> {
        let (d_gates, rest) = values.split_at_mut(channels);
        let (d_hidden, d_means) = rest.split_at_mut(squeezed);
        Room { d_gates, d_hidden, d_means }
    }
}

/// Adds an image's gradients to those of the layers (the planes are the input's and the gradient's), and leaves the gradient of its means in the room, divided by the
/// number of pixels.
#[inline(always)]
pub(super) fn backward<T: Real>(
    gate: Gate,
    [plane, d_plane]: [Plane; 2],
    weights: Weights<'_, T>,
    [x, dy]: [&[T]; 2],
    kept: &Kept<'_, T>,
    d: &mut DWeights<'_, T>,
    room: &mut Room<'_, T>,
) {
    let (channels, squeezed) = (plane.channels, weights.bias1.len());
    let Room { d_gates, d_hidden, d_means } = room;
    d_gates.fill(T::ZERO);
    for (line, d_line) in plane.lines().zip(d_plane.lines()) {
        let pixels = x[line].chunks_exact(channels).zip(dy[d_line].chunks_exact(channels));
        for (x, dy) in pixels {
            for ((sum, &x), &dy) in d_gates.iter_mut().zip(x).zip(dy) {
                *sum = dy.mul_add(x, *sum);
            }
        }
    }
    for ((d_gate, &value), &scale) in d_gates.iter_mut().zip(kept.gates.iter()).zip(kept.scales.iter()) {
        *d_gate = gate.gradient(value, scale, *d_gate);
    }
    d_hidden.fill(T::ZERO);
    let rows = weights.fc2.chunks_exact(squeezed).zip(d.fc2.chunks_exact_mut(squeezed));
    for ((&d_gate, d_bias), (row, d_row)) in d_gates.iter().zip(d.bias2.iter_mut()).zip(rows) {
        *d_bias = *d_bias + d_gate;
        add_row(d_row, d_gate, kept.hidden);
        add_row(d_hidden, d_gate, row);
    }
    d_means.fill(T::ZERO);
    let rows = weights.fc1.chunks_exact(channels).zip(d.fc1.chunks_exact_mut(channels));
    let hidden = d_hidden.iter().zip(kept.hidden.iter()).zip(d.bias1.iter_mut());
    for (((&d_hidden, &value), d_bias), (row, d_row)) in hidden.zip(rows) {
        let d_hidden = if value <= T::ZERO { T::ZERO } else { d_hidden };
        *d_bias = *d_bias + d_hidden;
        add_row(d_row, d_hidden, kept.means);
        add_row(d_means, d_hidden, row);
    }
    let pixels = T::from_f64((plane.rows * plane.columns) as f64);
    for d_mean in d_means.iter_mut() {
        *d_mean = *d_mean / pixels;
    }
}

/// Writes an image's input gradient, or adds to it; the planes are that of `dy` and that of `dx`.
#[inline(always)]
pub(super) fn input_gradient<T: Real>(
    [plane, to]: [Plane; 2],
    dy: &[T],
    scales: &[T],
    room: &Room<'_, T>,
    accumulate: bool,
    dx: &mut [T],
) {
    for (line, to) in plane.lines().zip(to.lines()) {
        let pixels = dy[line].chunks_exact(plane.channels).zip(dx[to].chunks_exact_mut(plane.channels));
        for (dy, dx) in pixels {
            let of_channel = scales.iter().zip(room.d_means.iter());
            for ((&dy, dx), (&scale, &d_mean)) in dy.iter().zip(dx).zip(of_channel) {
                let term = dy.mul_add(scale, d_mean);
                *dx = if accumulate { *dx + term } else { term };
            }
        }
    }
}
