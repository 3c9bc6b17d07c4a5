//! What direct kernels multiply, as pairs of bf16: of two neighbouring channels, or of two neighbouring columns.

use super::ahead::Ahead;
use super::direct::convolve_pairs;
use super::geometry::Conv2d;
use super::input_gradient::Framed;
use super::plane::{ForwardPart, InputPlane, Plane};
use super::seen::{Seen, step_among_seen};
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

    /// What all windows see of the input's rows, or columns.
    fn seen(&self, axis: usize) -> Seen {
        Seen::by(self.conv_size()[axis], self.kernel[axis], self.stride[axis])
    }

    /// What two neighbouring windows a pair see of the input's columns.
    fn seen_by_pairs(&self) -> Seen {
        Seen::by(self.conv_size()[1] / 2, self.kernel[1], 2 * self.stride[1])
    }

    /// Columns that a window without a neighbour sees, the last of an odd number.
    fn seen_alone(&self) -> usize {
        if self.conv_size()[1].is_multiple_of(2) { 0 } else { self.kernel[1] }
    }

    /// From one row to the next of an input in pairs of columns: behind those that have a neighbour stand those that
    /// have none.
    fn columns_row(&self) -> usize {
        product([self.seen_by_pairs().count() + self.seen_alone(), self.input.channels])
    }

    /// From one row to the next of an output's gradient in pairs of columns.
    fn gradient_row(&self) -> usize {
        product([self.conv_size()[1].div_ceil(2), self.output.channels])
    }

    /// Places that a thread needs for an image in pairs: one piece of memory, which each pass has for itself.
    pub(super) fn pairs_len(&self) -> usize {
        let [forward, weight_gradient, input_gradient] = self.directly_in_pairs();
        let of = |wanted: bool, len: usize| if wanted { len } else { 0 };
        let columns = product([self.seen(0).count(), self.columns_row()]);
        let gradient = product([self.conv_size()[0], self.gradient_row()]);
        let [rows, columns_seen] = [0, 1].map(|axis| self.seen(axis).count());
        let forward = of(forward, product([rows, columns_seen, self.input.channels / 2]));
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
    /// Rows of values, an even number a run, as pairs of neighbours; up to a vector behind the last is written.
    fn neighbours<S, P>(from: Rows, rows: Seen, values: Seen, to: *mut f32) {
        let Seen { runs, len, step } = values;
        let mut to = to;
        for row in rows.places() {
            for run in 0..runs {
                let from = from.values.add(row * from.row + run * step);
                let mut at = 0;
                while at < len {
                    P::store_neighbours(to.add(at / 2), S::load_first(from.add(at), (len - at).min(LANES)));
                    at += LANES;
                }
                to = to.add(len / 2);
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
    let ForwardPart { isa, conv, plane, scratch: room, .. } = part;
    let channels = conv.input.channels;
    let rows = Seen::by(plane.rows, conv.kernel[0], conv.stride[0]);
    let columns = conv.seen(1);
    let [down, right] = [0, 1].map(|axis| step_among_seen(conv.kernel[axis], conv.stride[axis]));
    let row = columns.count() * channels / 2;
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        let from = Rows { values: plane.input, row: plane.input_row };
        neighbours(isa, from, rows, columns.of_values(channels), room);
        let pairs = Plane {
            input: room,
            input_row: row,
            step_row: down * row,
            step_column: right * channels / 2,
            segment: plane.segment / 2,
            ..plane
        };
        convolve_pairs(isa, pairs);
    }
}

/// A framed output gradient as pairs of channels, all of it.
///
/// # Safety
/// `framed` has all values of the frame, `room` half as many places and a vector.
pub(super) unsafe fn framed_in_pairs(isa: Isa, conv: &Conv2d, framed: Framed, room: *mut f32) -> Framed {
    let row = conv.framed_row();
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        let from = Rows { values: framed.values, row: framed.row };
        neighbours(isa, from, Seen::all(conv.framed_len() / row), Seen::all(row), room);
    }
    Framed { values: room, row: row / 2 }
}

/// An image and its output's gradient in pairs of columns: of the input those that a step of the window lies between, so
/// that two neighbouring outputs see them.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    /// From output (0, 0)'s window on; from one row to the next.
    pub(super) x: *const f32,
    pub(super) x_row: usize,
    /// From one output's window to the one below, and from the window of two outputs to that of the two on the right.
    pub(super) down: usize,
    pub(super) right: usize,
    /// Where in a row those are that the last of an odd number of outputs sees, paired with zeros.
    pub(super) last: usize,
    pub(super) gradient: *const f32,
    pub(super) gradient_row: usize,
    pub(super) ahead: Option<Ahead>,
}

/// What becomes pairs of columns, a row.
#[derive(Clone, Copy)]
struct ColumnPairs {
    /// Values that have a neighbour, and how far behind it is.
    paired: Seen,
    step: usize,
    /// Values that have none and are paired with zeros: from where on, and how many.
    unpaired: usize,
    alone: usize,
}

pair_versions! {
    fn in_columns<S, P>(from: Rows, rows: Seen, pairs: ColumnPairs, to: *mut f32) {
        let ColumnPairs { paired: Seen { runs, len, step: run_step }, step, unpaired, alone } = pairs;
        let mut to = to;
        for row in rows.places() {
            let from = from.values.add(row * from.row);
            for run in 0..runs {
                let from = from.add(run * run_step);
                let mut at = 0;
                while at < len {
                    let lanes = (len - at).min(LANES);
                    let [first, second] = [at, at + step].map(|at| S::load_first(from.add(at), lanes));
                    S::store_first(to.add(at), lanes, P::pair(first, second));
                    at += LANES;
                }
                to = to.add(len);
            }
            let mut at = 0;
            while at < alone {
                let lanes = (alone - at).min(LANES);
                let pair = P::pair(S::load_first(from.add(unpaired + at), lanes), S::zero());
                S::store_first(to.add(at), lanes, pair);
                at += LANES;
            }
            to = to.add(alone);
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
    x: InputPlane,
    gradient: SpreadPlane,
    room: *mut f32,
) -> Columns {
    let ([rows, columns], channels) = (conv.conv_size(), conv.input.channels);
    let (x_row, step) = (conv.columns_row(), conv.stride[1] * channels);
    let pairs = ColumnPairs {
        paired: conv.seen_by_pairs().of_values(channels),
        step,
        unpaired: (columns - 1) * step,
        alone: conv.seen_alone() * channels,
    };
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        let from = Rows { values: x.values, row: conv.input.row_stride() };
        in_columns(isa, from, conv.seen(0), pairs, room);
        let place = room.add(conv.seen(0).count() * x_row);
        gradient_in_columns(isa, gradient, [rows, columns], conv.output.channels, place);
        Columns {
            x: room,
            x_row,
            down: step_among_seen(conv.kernel[0], conv.stride[0]) * x_row,
            right: step_among_seen(conv.kernel[1], 2 * conv.stride[1]) * channels,
            last: pairs.paired.count(),
            gradient: place,
            gradient_row: conv.gradient_row(),
            ahead: Ahead::behind(conv, x.values, x.next),
        }
    }
}
