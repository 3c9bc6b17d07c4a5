//! Max-pooling with as many windows as the output has pixels, in plain loops: the specification.
//!
//! Formula: window o covers the rows floor(o H / OH) up to, not including, ceil((o + 1) H / OH), and columns alike;
//! y[b, oh, ow, c] is the largest value of its window.
//!
//! Layout: `[image][row][column][channel]`; the winners have the shape of the output.
//!
//! Order: as for [`max_pool2d`](crate::max_pool2d): the first value starts, a later one wins if it is greater or NaN.
//! The winner is remembered as its place in the window, row by row. Input gradient: from +0 or from what is there,
//! plus dy of each window whose winner stands at this position, oh, ow ascending.

use std::ops::Range;

use crate::real::Real;
use crate::window::adaptive_span;

/// Sizes of an adaptive max-pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveMaxPoolGeometry {
    /// Height and width of the input.
    pub input: [usize; 2],
    /// Height and width of the output.
    pub output: [usize; 2],
    /// Channels of either.
    pub channels: usize,
}

impl AdaptiveMaxPoolGeometry {
    /// Rows (axis 0) or columns (axis 1) of the image under window `o`.
    pub fn span(&self, axis: usize, o: usize) -> Range<usize> {
        adaptive_span(self.input[axis], self.output[axis], o)
    }

    fn input_len(&self) -> usize {
        self.input[0] * self.input[1] * self.channels
    }

    fn output_len(&self) -> usize {
        self.output[0] * self.output[1] * self.channels
    }

    fn check<T>(&self, x: &[T], y: &[T], winners: &[u32]) {
        let images = x.len() / self.input_len();
        assert_eq!(x.len(), images * self.input_len(), "adaptive_max_pool2d: length of the input");
        assert_eq!(y.len(), images * self.output_len(), "adaptive_max_pool2d: length of the output");
        assert_eq!(winners.len(), y.len(), "adaptive_max_pool2d: number of winners");
    }

    /// Output pixel and channel of value `i` of an image's output.
    fn position(&self, i: usize) -> ([Range<usize>; 2], usize) {
        let (pixel, c) = (i / self.channels, i % self.channels);
        ([self.span(0, pixel / self.output[1]), self.span(1, pixel % self.output[1])], c)
    }
}

/// Writes the output of every image in `x`, and the place that won each window.
pub fn forward<T: Real>(g: &AdaptiveMaxPoolGeometry, x: &[T], y: &mut [T], winners: &mut [u32]) {
    g.check(x, y, winners);
    let images = x.chunks_exact(g.input_len()).zip(y.chunks_exact_mut(g.output_len()));
    for ((x, y), winners) in images.zip(winners.chunks_exact_mut(g.output_len())) {
        for (i, (y, winner)) in y.iter_mut().zip(winners).enumerate() {
            let ([rows, columns], c) = g.position(i);
            let pixels = rows.flat_map(|row| columns.clone().map(move |column| row * g.input[1] + column));
            let mut best: Option<T> = None;
            for (place, pixel) in pixels.enumerate() {
                let v = x[pixel * g.channels + c];
                if best.is_none_or(|best| v > best || v.is_nan()) {
                    (best, *winner) = (Some(v), place as u32);
                }
            }
            *y = best.expect("adaptive_max_pool2d: every window has a pixel");
        }
    }
}

/// Writes the gradient of the input, or adds to it with `accumulate`.
pub fn input_gradient<T: Real>(
    g: &AdaptiveMaxPoolGeometry,
    dy: &[T],
    winners: &[u32],
    accumulate: bool,
    dx: &mut [T],
) {
    g.check(dx, dy, winners);
    if !accumulate {
        dx.fill(T::ZERO);
    }
    let images = dx.chunks_exact_mut(g.input_len()).zip(dy.chunks_exact(g.output_len()));
    for ((dx, dy), winners) in images.zip(winners.chunks_exact(g.output_len())) {
        for (i, (&dy, &winner)) in dy.iter().zip(winners).enumerate() {
            let ([rows, columns], c) = g.position(i);
            let (row, column) = (winner as usize / columns.len(), winner as usize % columns.len());
            let pixel = (rows.start + row) * g.input[1] + columns.start + column;
            let dx = &mut dx[pixel * g.channels + c];
            *dx = *dx + dy;
        }
    }
}
