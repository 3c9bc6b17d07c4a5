//! What direct kernels multiply, as pairs of bf16: of two neighbouring channels, or of two neighbouring columns.

use super::direct::convolve_pairs;
use super::geometry::Conv2d;
use super::plane::{ForwardPart, Plane};
use super::spread::SpreadPlane;
use crate::LANES;
use crate::isa::Isa;
use crate::layout::product;
use crate::precision::Precision;
use crate::simd::pair_versions;

/// Rows of pixels.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// The first value.
    pub(super) values: *const f32,
    /// From one row to the next.
    pub(super) row: usize,
}

/// An axis of the input as far as windows see it.
fn seen(conv: &Conv2d, axis: usize) -> usize {
    (conv.conv_size()[axis] - 1) * conv.stride[axis] + conv.kernel[axis]
}

impl Conv2d {
    /// Whether the forward pass, and the gradients of weight and input, go by pairs without Winograd's algorithm.
    fn directly_in_pairs(&self) -> [bool; 3] {
        let algorithms = self.algorithms;
        [algorithms.forward, algorithms.weight_gradient, algorithms.input_gradient]
            .map(|algorithm| algorithm.tile().is_none() && algorithm.precision() == Precision::Bf16)
    }

    /// Whether the direct forward kernel reads pairs.
    pub(super) fn forward_in_pairs(&self) -> bool {
        self.directly_in_pairs()[0]
    }

    /// Whether the direct kernel of the weight's gradient does.
    pub(super) fn weight_gradient_in_pairs(&self) -> bool {
        self.directly_in_pairs()[1]
    }

    /// Whether the direct kernel of the input's gradient does.
    pub(super) fn input_gradient_in_pairs(&self) -> bool {
        self.directly_in_pairs()[2]
    }

    /// Values of a row of the input as windows see it.
    fn seen_row(&self) -> usize {
        product([seen(self, 1), self.input.channels])
    }

    /// From one row to the next of an input in pairs of columns: behind what windows see those whose columns have no
    /// neighbour, as many as a window has.
    fn columns_row(&self) -> usize {
        product([seen(self, 1) + self.kernel[1], self.input.channels])
    }

    /// From one row to the next of an output's gradient in pairs of columns.
    fn gradient_row(&self) -> usize {
        product([self.conv_size()[1].div_ceil(2), self.output.channels])
    }

    /// Places that a thread needs for an image in pairs: one piece of memory, which each pass has for itself.
    pub(super) fn pairs_len(&self) -> usize {
        let [forward, weight_gradient, input_gradient] = self.directly_in_pairs();
        let of = |wanted: bool, len: usize| if wanted { len } else { 0 };
        let columns = product([seen(self, 0), self.columns_row()]);
        let gradient = product([self.conv_size()[0], self.gradient_row()]);
        let forward = of(forward, product([seen(self, 0), self.seen_row() / 2]));
        // What is written by vectors ends with one.
        let longest = forward
            .max(of(weight_gradient, columns + gradient))
            .max(of(input_gradient, self.framed_len() / 2));
        of(longest > 0, longest + LANES)
    }

    /// A weight with a row of sixteen for each term, as pairs of its rows.
    pub(super) fn pair_rows(isa: Isa, from: &[f32], to: &mut [f32]) {
        assert_eq!(from.len(), 2 * to.len(), "pairs of rows");
        assert!(to.len().is_multiple_of(LANES), "rows of sixteen");
        // SAFETY: both lengths have just been compared.
        unsafe { rows_in_pairs(isa, from.as_ptr(), to.as_mut_ptr(), to.len() / LANES) };
    }
}

pair_versions! {
    fn rows_in_pairs<S, P>(from: *const f32, to: *mut f32, pairs: usize) {
        for pair in 0..pairs {
            let [first, second] = [0, 1].map(|i| S::load(from.add((2 * pair + i) * LANES)));
            S::store(to.add(pair * LANES), P::pair(first, second));
        }
    }
}

pair_versions! {
    /// `rows` rows of `len` values, an even number, as pairs of neighbours; up to a vector behind the last is written.
    fn neighbours<S, P>(from: Rows, rows: usize, len: usize, to: *mut f32) {
        for row in 0..rows {
            let (from, to) = (from.values.add(row * from.row), to.add(row * len / 2));
            let mut at = 0;
            while at < len {
                P::store_neighbours(to.add(at / 2), S::load_first(from.add(at), (len - at).min(LANES)));
                at += LANES;
            }
        }
    }
}

/// A part of an image's outputs, by pairs of channels.
///
/// # Safety
/// As for the other kernels of the table; the weight is one of pairs, and the scratch has
/// [`pairs_len`](Conv2d::pairs_len) places.
pub(super) unsafe fn convolve(part: ForwardPart) {
    let ForwardPart { isa, plane, scratch: room, .. } = part;
    if plane.rows == 0 {
        return;
    }
    let stride = plane.step_row / plane.input_row;
    let rows = (plane.rows - 1) * stride + plane.kernel_rows;
    let len = (plane.columns - 1) * plane.step_column + plane.segment;
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        neighbours(isa, Rows { values: plane.input, row: plane.input_row }, rows, len, room);
        let pairs = Plane {
            input: room,
            next: 0,
            input_row: len / 2,
            step_row: stride * len / 2,
            step_column: plane.step_column / 2,
            segment: plane.segment / 2,
            ..plane
        };
        convolve_pairs(isa, pairs);
    }
}

/// A framed output gradient as pairs of channels, all of it.
///
/// # Safety
/// `framed` has the frame's values, `room` half as many places and a vector.
pub(super) unsafe fn framed_in_pairs(isa: Isa, conv: &Conv2d, framed: *const f32, room: *mut f32) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe { neighbours(isa, Rows { values: framed, row: 0 }, 1, conv.framed_len(), room) }
}

/// An image and its output's gradient in pairs of columns: of the input those that a step of the window lies between, so
/// that two neighbouring outputs see them.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    /// From output (0, 0)'s window on; from one row to the next.
    pub(super) x: *const f32,
    pub(super) x_row: usize,
    /// Where in a row those are that the last of an odd number of outputs sees, paired with zeros.
    pub(super) last: usize,
    pub(super) gradient: *const f32,
    pub(super) gradient_row: usize,
}

/// What becomes pairs of columns, a row.
#[derive(Clone, Copy)]
struct ColumnPairs {
    /// Values that have a neighbour, and how far behind it is.
    paired: usize,
    step: usize,
    /// Values that have none and are paired with zeros: from where on, how many, and in which place the first one goes.
    unpaired: usize,
    alone: usize,
    place: usize,
    /// From one row to the next of what is written.
    row: usize,
}

pair_versions! {
    fn in_columns<S, P>(from: Rows, rows: usize, pairs: ColumnPairs, to: *mut f32) {
        let ColumnPairs { paired, step, unpaired, alone, place, row: to_row } = pairs;
        for row in 0..rows {
            let (from, to) = (from.values.add(row * from.row), to.add(row * to_row));
            let mut at = 0;
            while at < paired {
                let lanes = (paired - at).min(LANES);
                let [first, second] = [at, at + step].map(|at| S::load_first(from.add(at), lanes));
                S::store_first(to.add(at), lanes, P::pair(first, second));
                at += LANES;
            }
            let mut at = 0;
            while at < alone {
                let lanes = (alone - at).min(LANES);
                let pair = P::pair(S::load_first(from.add(unpaired + at), lanes), S::zero());
                S::store_first(to.add(place + at), lanes, pair);
                at += LANES;
            }
        }
    }
}

pair_versions! {
    /// Each two columns of `channels` values, the last of an odd number with zeros.
    fn gradient_in_columns<S, P>(gradient: SpreadPlane, size: [usize; 2], channels: usize, to: *mut f32) {
        let [rows, columns] = size;
        for row in 0..rows {
            let from = gradient.values.add(row * gradient.row).cast_const();
            for pair in 0..columns.div_ceil(2) {
                let to = to.add((row * columns.div_ceil(2) + pair) * channels);
                let from = from.add(2 * pair * gradient.column);
                let mut at = 0;
                while at < channels {
                    let lanes = (channels - at).min(LANES);
                    let second = if 2 * pair + 1 < columns {
                        S::load_first(from.add(gradient.column + at), lanes)
                    } else {
                        S::zero()
                    };
                    S::store_first(to.add(at), lanes, P::pair(S::load_first(from.add(at), lanes), second));
                    at += LANES;
                }
            }
        }
    }
}

/// Lays them out in `room`.
///
/// # Safety
/// `x` is valid from output (0, 0)'s window on, the gradient for the convolution's own output; `room` has
/// [`pairs_len`](Conv2d::pairs_len) places.
pub(super) unsafe fn by_columns(
    isa: Isa,
    conv: &Conv2d,
    x: *const f32,
    gradient: SpreadPlane,
    room: *mut f32,
) -> Columns {
    let ([rows, columns], channels) = (conv.conv_size(), conv.input.channels);
    let (x_row, width, step) = (conv.columns_row(), conv.seen_row(), conv.stride[1] * channels);
    let pairs = ColumnPairs {
        paired: width.saturating_sub(step),
        step,
        unpaired: (columns - 1) * step,
        alone: if columns % 2 == 1 { conv.segment() } else { 0 },
        place: width,
        row: x_row,
    };
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        let from = Rows { values: x, row: conv.input.row_stride() };
        in_columns(isa, from, seen(conv, 0), pairs, room);
        let place = room.add(seen(conv, 0) * x_row);
        gradient_in_columns(isa, gradient, [rows, columns], conv.output.channels, place);
        Columns { x: room, x_row, last: width, gradient: place, gradient_row: conv.gradient_row() }
    }
}
