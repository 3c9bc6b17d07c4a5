//! Average-pooling in plain loops: the specification.
//!
//! Formula: y[b, oh, ow, c] = (sum of its window) / divisor. The divisor counts the positions of the
//! window, clipped to the padded image with `count_include_pad` (a window hanging over it under
//! `ceil_mode` counts less) and to the image without. Adaptive: window o covers the rows
//! floor(o H / OH) up to, not including, ceil((o + 1) H / OH), and columns alike.
//!
//! Layout: `[image][row][column][channel]`.
//!
//! Order of accumulation: from +0 over the positions inside the image, rows, then columns ascending; then
//! the division. Input gradient: from +0 or from what is there, plus dy / divisor of each window over this
//! position, oh, ow ascending.

use std::ops::Range;

use crate::real::Real;
use crate::window::{WindowGeometry, adaptive_span};

/// What is averaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvgPoolGeometry {
    /// Windows of one size.
    Sliding {
        /// Where the window slides.
        window: WindowGeometry,
        /// Whether padding counts in the divisor.
        count_include_pad: bool,
    },
    /// As many windows as the output has pixels.
    Adaptive {
        /// Height and width of the input.
        input: [usize; 2],
        /// Height and width of the output.
        output: [usize; 2],
    },
}

impl AvgPoolGeometry {
    /// Height and width of the input.
    pub fn input(&self) -> [usize; 2] {
        match *self {
            AvgPoolGeometry::Sliding { window, .. } => window.input,
            AvgPoolGeometry::Adaptive { input, .. } => input,
        }
    }

    /// Height and width of the output.
    pub fn output(&self) -> [usize; 2] {
        match *self {
            AvgPoolGeometry::Sliding { window, .. } => window.output,
            AvgPoolGeometry::Adaptive { output, .. } => output,
        }
    }

    /// Rows (axis 0) or columns (axis 1) of the image under window `o`, and how many count.
    pub fn span(&self, axis: usize, o: usize) -> (Range<usize>, usize) {
        match *self {
            AvgPoolGeometry::Sliding { window, count_include_pad } => {
                let (size, padding) = (window.input[axis], window.padding[axis]);
                // In coordinates of the padded image.
                let start = o * window.stride[axis];
                let end = (start + window.kernel[axis]).min(size + 2 * padding);
                let inside = start.saturating_sub(padding)..end.saturating_sub(padding).min(size);
                let counted = if count_include_pad { end - start } else { inside.len() };
                (inside, counted)
            }
            AvgPoolGeometry::Adaptive { input, output } => {
                let inside = adaptive_span(input[axis], output[axis], o);
                (inside.clone(), inside.len())
            }
        }
    }
}

/// Writes the output of every image in `x`.
pub fn forward<T: Real>(g: &AvgPoolGeometry, channels: usize, x: &[T], y: &mut [T]) {
    let (input, output) = (g.input(), g.output());
    check(g, channels, x, y);
    let (input_len, output_len) = (input[0] * input[1] * channels, output[0] * output[1] * channels);
    for (x, y) in x.chunks_exact(input_len).zip(y.chunks_exact_mut(output_len)) {
        for (i, y) in y.iter_mut().enumerate() {
            let (oh, ow, c) = (i / channels / output[1], i / channels % output[1], i % channels);
            let ((rows, height), (columns, width)) = (g.span(0, oh), g.span(1, ow));
            let mut acc = T::ZERO;
            for ih in rows {
                for iw in columns.clone() {
                    acc = acc + x[(ih * input[1] + iw) * channels + c];
                }
            }
            *y = acc / T::from_f64((height * width) as f64);
        }
    }
}

/// Writes the gradient of the input, or adds to it with `accumulate`.
pub fn input_gradient<T: Real>(
    g: &AvgPoolGeometry,
    channels: usize,
    dy: &[T],
    accumulate: bool,
    dx: &mut [T],
) {
    let (input, output) = (g.input(), g.output());
    check(g, channels, dx, dy);
    let (input_len, output_len) = (input[0] * input[1] * channels, output[0] * output[1] * channels);
    if !accumulate {
        dx.fill(T::ZERO);
    }
    for (dx, dy) in dx.chunks_exact_mut(input_len).zip(dy.chunks_exact(output_len)) {
        for (i, &dy) in dy.iter().enumerate() {
            let (oh, ow, c) = (i / channels / output[1], i / channels % output[1], i % channels);
            let ((rows, height), (columns, width)) = (g.span(0, oh), g.span(1, ow));
            let share = dy / T::from_f64((height * width) as f64);
            for ih in rows {
                for iw in columns.clone() {
                    let dx = &mut dx[(ih * input[1] + iw) * channels + c];
                    *dx = *dx + share;
                }
            }
        }
    }
}

fn check<T>(g: &AvgPoolGeometry, channels: usize, x: &[T], y: &[T]) {
    let (input, output) = (g.input(), g.output());
    let images = x.len() / (input[0] * input[1] * channels);
    assert_eq!(x.len(), images * input[0] * input[1] * channels, "avg_pool2d: length of the input");
    assert_eq!(y.len(), images * output[0] * output[1] * channels, "avg_pool2d: length of the output");
}
