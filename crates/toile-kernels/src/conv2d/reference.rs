//! Convolution in plain loops: the specification.
//!
//! Formula: y[b, oh, ow, oc] = bias[oc] + sum over kh, kw, ic of x[b, ih, iw, ic] w[oc, ic, kh, kw] with
//! ih = oh stride + kh - padding and iw alike; x outside the image is +0.
//!
//! Layout: activations `[image][row][column][channel]`, weights `[out][in][kh][kw]`, bias [out].
//!
//! Order of accumulation, always by fused multiply-add:
//! - Output: from the bias (+0 without one), then kh, kw, ic ascending. Values outside the image are
//!   multiplied like any other.
//! - Weight gradient: within each group of [`GROUP`] images, counted from the start of the batch, from +0
//!   over images, then over the 2x2 blocks of output pixels, row by row of blocks (odd last rows and columns
//!   make smaller blocks), then over the pixels of a block, row by row; values outside the image are
//!   multiplied. Then the total from +0, plus the groups in order. Bias gradient: the same with plain
//!   additions of dy. A block is what a 2x2 max-pooling looks at, so its winners come window by window.
//! - Input gradient: from +0 or from what is there, then r, c, oc ascending, where (r, c) slides over dy
//!   dilated by the stride: row ih + padding - (KH - 1) + r of the dilated dy meets kh = KH - 1 - r, and
//!   columns alike. Between two rows or columns of dy nothing is multiplied; outside of dy +0 is. Along an
//!   axis on which dy has one position, it is dilated by the kernel size at least: no window there holds
//!   more than that position.
//!
//! With products of bf16 ([`Precision::Bf16`]) factors are rounded, and added two at a time, the second one first: of the
//! output and of the input gradient channels that are neighbours in a place of the window; of the weight gradient
//! neighbouring columns, where a group's pixels come row by row. The bias gradient stays as it is.

use super::sum::add_all;
use crate::GROUP;
use crate::fused::with_multiply_add;
use crate::precision::Precision;
use crate::real::Real;
use crate::window::WindowGeometry;

/// Sizes of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2dGeometry {
    /// Where the window slides.
    pub window: WindowGeometry,
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the output.
    pub out_channels: usize,
}

impl Conv2dGeometry {
    /// Values of one image's input.
    pub fn input_len(&self) -> usize {
        self.window.input_pixels() * self.in_channels
    }

    /// Values of one image's output.
    pub fn output_len(&self) -> usize {
        self.window.output_pixels() * self.out_channels
    }

    /// Values of the weight.
    pub fn weight_len(&self) -> usize {
        self.out_channels * self.in_channels * self.window.kernel_len()
    }

    /// Where the weight of these coordinates lies.
    #[inline(always)]
    pub(super) fn weight_index(&self, oc: usize, ic: usize, kh: usize, kw: usize) -> usize {
        ((oc * self.in_channels + ic) * self.window.kernel[0] + kh) * self.window.kernel[1] + kw
    }

    /// One value of an image's input, +0 outside.
    #[inline(always)]
    pub(super) fn input_at<T: Real>(&self, x: &[T], ih: Option<usize>, iw: Option<usize>, ic: usize) -> T {
        match (ih, iw) {
            (Some(ih), Some(iw)) => x[(ih * self.window.input[1] + iw) * self.in_channels + ic],
            _ => T::ZERO,
        }
    }

    pub(super) fn check<T>(&self, x: &[T], y: &[T], weight: &[T]) {
        let images = x.len() / self.input_len();
        assert_eq!(x.len(), images * self.input_len(), "conv2d: length of the input");
        assert_eq!(y.len(), images * self.output_len(), "conv2d: length of the output");
        assert_eq!(weight.len(), self.weight_len(), "conv2d: length of the weight");
    }
}

/// Writes the output of every image in `x`.
pub fn forward<T: Real>(
    g: &Conv2dGeometry,
    precision: Precision,
    x: &[T],
    weight: &[T],
    bias: Option<&[T]>,
    y: &mut [T],
) {
    with_multiply_add(
        #[inline(always)]
        || forward_loops(g, precision, x, weight, bias, y),
    );
}

#[inline(always)]
fn forward_loops<T: Real>(
    g: &Conv2dGeometry,
    precision: Precision,
    x: &[T],
    weight: &[T],
    bias: Option<&[T]>,
    y: &mut [T],
) {
    let WindowGeometry { output, kernel, .. } = g.window;
    g.check(x, y, weight);
    for (x, y) in x.chunks_exact(g.input_len()).zip(y.chunks_exact_mut(g.output_len())) {
        for (i, y) in y.iter_mut().enumerate() {
            let (oh, ow, oc) = position(i, output[1], g.out_channels);
            let mut acc = bias.map_or(T::ZERO, |bias| bias[oc]);
            for kh in 0..kernel[0] {
                let ih = g.window.inside(0, oh, kh);
                for kw in 0..kernel[1] {
                    let iw = g.window.inside(1, ow, kw);
                    let factors = (0..g.in_channels)
                        .map(|ic| [g.input_at(x, ih, iw, ic), weight[g.weight_index(oc, ic, kh, kw)]]);
                    acc = add_all(precision, acc, factors);
                }
            }
            *y = acc;
        }
    }
}

/// Writes the gradients of the weight and of the bias, where there is one.
pub fn weight_gradient<T: Real>(
    g: &Conv2dGeometry,
    precision: Precision,
    x: &[T],
    dy: &[T],
    dweight: &mut [T],
    dbias: Option<&mut [T]>,
) {
    with_multiply_add(
        #[inline(always)]
        || weight_gradient_loops(g, precision, x, dy, dweight, dbias),
    );
}

#[inline(always)]
fn weight_gradient_loops<T: Real>(
    g: &Conv2dGeometry,
    precision: Precision,
    x: &[T],
    dy: &[T],
    dweight: &mut [T],
    dbias: Option<&mut [T]>,
) {
    let WindowGeometry { output, kernel, .. } = g.window;
    g.check(x, dy, dweight);
    // Each line's factors are added as one: of f32 it does not matter where lines end.
    let lines: Vec<Vec<[usize; 2]>> = match precision {
        Precision::F32 => vec![in_blocks(output).collect()],
        Precision::Bf16 => {
            (0..output[0]).map(|row| (0..output[1]).map(|column| [row, column]).collect()).collect()
        }
    };
    let groups = || x.chunks(GROUP * g.input_len()).zip(dy.chunks(GROUP * g.output_len()));
    for oc in 0..g.out_channels {
        for ic in 0..g.in_channels {
            for kh in 0..kernel[0] {
                for kw in 0..kernel[1] {
                    let mut total = T::ZERO;
                    for (x, dy) in groups() {
                        let mut acc = T::ZERO;
                        let images = x.chunks_exact(g.input_len()).zip(dy.chunks_exact(g.output_len()));
                        for (x, dy) in images {
                            for line in &lines {
                                let factors = line.iter().map(|&[oh, ow]| {
                                    let ih = g.window.inside(0, oh, kh);
                                    let iw = g.window.inside(1, ow, kw);
                                    let dy = dy[(oh * output[1] + ow) * g.out_channels + oc];
                                    [g.input_at(x, ih, iw, ic), dy]
                                });
                                acc = add_all(precision, acc, factors);
                            }
                        }
                        total = total + acc;
                    }
                    dweight[g.weight_index(oc, ic, kh, kw)] = total;
                }
            }
        }
    }
    if let Some(dbias) = dbias {
        bias_gradient(g, dy, dbias);
    }
}

/// Writes the gradient of the bias.
pub(super) fn bias_gradient<T: Real>(g: &Conv2dGeometry, dy: &[T], dbias: &mut [T]) {
    let output = g.window.output;
    let pixels: Vec<_> = in_blocks(output).collect();
    assert_eq!(dbias.len(), g.out_channels, "conv2d: length of dbias");
    for (oc, dbias) in dbias.iter_mut().enumerate() {
        let mut total = T::ZERO;
        for dy in dy.chunks(GROUP * g.output_len()) {
            let mut acc = T::ZERO;
            for dy in dy.chunks_exact(g.output_len()) {
                for &[oh, ow] in &pixels {
                    acc = acc + dy[(oh * output[1] + ow) * g.out_channels + oc];
                }
            }
            total = total + acc;
        }
        *dbias = total;
    }
}

/// Rows and columns of an output's pixels in the order of a weight gradient: 2x2 blocks, row by row of
/// blocks, and in each its pixels row by row.
fn in_blocks([rows, columns]: [usize; 2]) -> impl Iterator<Item = [usize; 2]> {
    let starts = |size: usize| (0..size).step_by(2);
    let pair = |start: usize, size: usize| start..size.min(start + 2);
    starts(rows)
        .flat_map(move |row| starts(columns).map(move |column| [row, column]))
        .flat_map(move |[row, column]| pair(row, rows).map(move |row| [row, column]))
        .flat_map(move |[row, column]| pair(column, columns).map(move |column| [row, column]))
}

/// Writes the gradient of the input, or adds to it with `accumulate`.
pub fn input_gradient<T: Real>(
    g: &Conv2dGeometry,
    precision: Precision,
    dy: &[T],
    weight: &[T],
    accumulate: bool,
    dx: &mut [T],
) {
    with_multiply_add(
        #[inline(always)]
        || input_gradient_loops(g, precision, dy, weight, accumulate, dx),
    );
}

#[inline(always)]
fn input_gradient_loops<T: Real>(
    g: &Conv2dGeometry,
    precision: Precision,
    dy: &[T],
    weight: &[T],
    accumulate: bool,
    dx: &mut [T],
) {
    let WindowGeometry { input, output, kernel, .. } = g.window;
    g.check(dx, dy, weight);
    for (dx, dy) in dx.chunks_exact_mut(g.input_len()).zip(dy.chunks_exact(g.output_len())) {
        for (i, dx) in dx.iter_mut().enumerate() {
            let (ih, iw, ic) = position(i, input[1], g.in_channels);
            let mut acc = if accumulate { *dx } else { T::ZERO };
            for r in 0..kernel[0] {
                let Some(oh) = dilated(&g.window, 0, ih, r) else { continue };
                for c in 0..kernel[1] {
                    let Some(ow) = dilated(&g.window, 1, iw, c) else { continue };
                    let factors = (0..g.out_channels).map(|oc| {
                        let dy = match (oh, ow) {
                            (Some(oh), Some(ow)) => dy[(oh * output[1] + ow) * g.out_channels + oc],
                            _ => T::ZERO,
                        };
                        [dy, weight[g.weight_index(oc, ic, kernel[0] - 1 - r, kernel[1] - 1 - c)]]
                    });
                    acc = add_all(precision, acc, factors);
                }
            }
            *dx = acc;
        }
    }
}

/// What input position `position` meets at window offset `offset` along an axis (0 for rows, 1 for columns),
/// at position + padding - (kernel - 1) + offset of the dilated dy: none between two positions of dy, else
/// one of them, if it is not outside.
fn dilated(window: &WindowGeometry, axis: usize, position: usize, offset: usize) -> Option<Option<usize>> {
    let [kernel, stride, output] = [window.kernel, window.stride, window.output].map(|pair| pair[axis]);
    let stride = if output == 1 { stride.max(kernel) } else { stride } as isize;
    let place = (position + window.padding[axis] + offset) as isize - (kernel as isize - 1);
    let quotient = usize::try_from(place.div_euclid(stride)).ok();
    (place.rem_euclid(stride) == 0).then_some(quotient.filter(|q| *q < output))
}

/// Row, column and channel of the `i`-th value of an image.
fn position(i: usize, width: usize, channels: usize) -> (usize, usize, usize) {
    (i / channels / width, i / channels % width, i % channels)
}
