//! An image that is asked for while the one before it is computed.
//!
//! Kernels that copy an image into a form of their own read all of it at once, faster than memory gives it. What they
//! ask for while they compute is in the second-level cache by then.

use super::geometry::Conv2d;
use crate::LANES;
use crate::simd::prefetch;

/// Where the next image's windows lie, in whatever form the kernel reads them later.
#[derive(Clone, Copy)]
pub(super) struct Ahead {
    /// First value of output (0, 0)'s window.
    input: *const f32,
    input_row: usize,
    /// From one output row's window to the next, and from one column's to the next.
    step_row: usize,
    step_column: usize,
    /// Of each window what the ones before it do not have: rows, and values of each.
    rows: usize,
    segment: usize,
    /// Values of a row of the input.
    row_len: usize,
}

impl Ahead {
    /// The image `next` values behind the one whose output (0, 0)'s window begins at `input`; none where `next` is 0.
    pub(super) fn behind(conv: &Conv2d, input: *const f32, next: usize) -> Option<Ahead> {
        let [input_row, step_column] = [conv.input.row_stride(), conv.stride[1] * conv.input.channels];
        (next > 0).then(|| Ahead {
            input: input.wrapping_add(next),
            input_row,
            step_row: conv.stride[0] * input_row,
            step_column,
            rows: conv.kernel[0].min(conv.stride[0]),
            segment: conv.segment().min(step_column),
            row_len: conv.input.row_len(),
        })
    }

    /// The windows from a row of outputs on.
    pub(super) fn below(self, row: usize) -> Ahead {
        Ahead { input: self.input.wrapping_add(row * self.step_row), ..self }
    }

    /// Asks for what R x C windows from this one on have for themselves.
    #[inline(always)]
    pub(super) fn ask_for_windows<const R: usize, const C: usize>(&self, row: usize, column: usize) {
        for r in row..row + R {
            for c in column..column + C {
                let window = self.input.wrapping_add(r * self.step_row + c * self.step_column);
                for row in 0..self.rows {
                    ask_for(window.wrapping_add(row * self.input_row), self.segment);
                }
            }
        }
    }

    /// What the `part`-th of `parts` that go over all rows of outputs asks for, beside the `kernel_row`-th row of their
    /// windows; nothing of rows that windows before have.
    pub(super) fn by_rows(&self, kernel_row: usize, part: usize, parts: usize) -> AheadByRows {
        let lines = self.row_len.div_ceil(LANES);
        let [begin, end] = [part, part + 1].map(|part| lines * part / parts * LANES);
        AheadByRows {
            values: self.input.wrapping_add(kernel_row * self.input_row + begin),
            len: if kernel_row < self.rows { end - begin } else { 0 },
            step: self.step_row,
        }
    }

    /// First value of the first window.
    pub(super) fn input(&self) -> *const f32 {
        self.input
    }
}

/// A part of each row.
#[derive(Clone, Copy)]
pub(super) struct AheadByRows {
    values: *const f32,
    len: usize,
    step: usize,
}

impl AheadByRows {
    pub(super) const NOTHING: AheadByRows = AheadByRows { values: std::ptr::null(), len: 0, step: 0 };

    /// Asks for it of one row, and goes to the next.
    #[inline(always)]
    pub(super) fn ask(&mut self) {
        ask_for(self.values, self.len);
        self.values = self.values.wrapping_add(self.step);
    }
}

/// Asks for these values, which may lie anywhere.
#[inline(always)]
pub(super) fn ask_for(values: *const f32, len: usize) {
    for value in (0..len).step_by(LANES) {
        prefetch(values.wrapping_add(value));
    }
}
