//! Input gradient over the winners at each pixel.

use super::image::Target;
use super::lists::Lists;
use super::tile::{CACHED, Tile, capacity, cut, in_halves, load, rows_of_tile, store, tile};
use crate::LANES;
use crate::conv2d::geometry::Conv2d;
use crate::simd::{Simd, Vector, versions};
use crate::team::Shares;

/// Where the terms of some rows of the convolution's output go, and what they are made from.
#[derive(Clone, Copy)]
struct PixelRows<'a> {
    lists: &'a Lists,
    /// The first of a row of pooling windows, and how many there are.
    window: usize,
    windows: usize,
    /// The first and how many of the two rows of pixels in them.
    lower: usize,
    lines: usize,
    /// For the upper row's first pixel.
    dx: *mut f32,
    /// From one pixel's place in `dx` to that of the pixel below and to the right.
    step: [usize; 2],
    weight: *const f32,
    /// From one channel's weights to the next's.
    segment: usize,
}

/// Adds what the pixels' winners give to R kernel rows by V vectors of the input's gradient, column by
/// column.
#[inline(always)]
unsafe fn input_tile<W: Vector, const R: usize, const V: usize>(tile: Tile, rows: PixelRows<'_>) {
    let PixelRows { lists, window, windows, lower, lines, dx, step, weight, segment } = rows;
    for column in 0..2 * windows {
        for line in lower..lower + lines {
            // SAFETY: the caller promises what stands under Safety.
            unsafe {
                let (channels, gradients) = lists.of_pixel(window + column / 2, 2 * line + column % 2);
                let dx = dx.add(line * step[0] + column * step[1]);
                let mut sums = [[W::zero(); V]; R];
                for r in 0..R {
                    for v in 0..V {
                        sums[r][v] = load::<W, V>(dx.add(r * tile.image_row), v, tile.lanes);
                    }
                }
                for (&channel, &gradient) in channels.iter().zip(gradients) {
                    let gradient = W::splat(gradient);
                    let row = weight.add(channel as usize * segment);
                    for r in 0..R {
                        for v in 0..V {
                            // A row read past its end is followed by the next, the last one by a vector
                            // of room.
                            let weight = W::load(row.add(r * tile.weight_row + v * W::LANES));
                            sums[r][v] = W::fma(gradient, weight, sums[r][v]);
                        }
                    }
                }
                for r in 0..R {
                    for v in 0..V {
                        store::<W, V>(dx.add(r * tile.image_row), v, tile.lanes, sums[r][v]);
                    }
                }
            }
        }
    }
}

versions! {
    pub(super) fn input_gradient<S>(conv: &Conv2d, lists: &Lists, target: Target) {
        if in_halves::<S>(conv) {
            in_vectors::<S, S::Half>(conv, lists, target);
        } else {
            in_vectors::<S, S>(conv, lists, target);
        }
    }
}

/// A few kernel rows at a time, the last ones first: each value of dx is met by the rows of the
/// convolution's output from top to bottom. Under them vectors of a kernel row, the last ones first,
/// for the same reason.
#[inline(always)]
unsafe fn in_vectors<S: Simd, W: Vector>(conv: &Conv2d, lists: &Lists, target: Target) {
    let Conv2d { input, output, kernel, stride, .. } = *conv;
    let image_row = input.row_stride();
    let step = [stride[0] * image_row, stride[1] * input.channels];
    let segment = conv.segment();
    let [vectors, most, last] = cut::<W>(segment);
    let weight_row = output.channels * segment;
    // Enough sums to keep the multipliers busy come before a weight that stays in the cache.
    let cached = (CACHED / (weight_row * size_of::<f32>())).max((4 * LANES / W::LANES).div_ceil(most));
    let mut left = kernel[0];
    while left > 0 {
        let rows = rows_of_tile(left, cached.min(capacity::<S, W>() / most));
        left -= rows;
        // Two pixels one below the other have nothing in common under a single kernel row, so their
        // sums need not wait for each other, and all rows of pixels can pass before the next vectors do.
        let (lines, together) = if rows == 1 { (2, 2 * output.height) } else { (1, 1) };
        for first in (0..2 * output.height).step_by(together) {
            let mut v = vectors;
            while v > 0 {
                let width = if v % most == 0 { most } else { v % most };
                let lanes = if v == vectors { last } else { W::LANES };
                v -= width;
                let t = Tile { image_row, weight_row, lanes };
                for row in (first..first + together).step_by(lines) {
                    let from = PixelRows {
                        lists,
                        window: row / 2 * output.width,
                        windows: output.width,
                        lower: row % 2,
                        lines,
                        dx: target.dx.wrapping_add(row / 2 * 2 * step[0] + left * image_row + v * W::LANES),
                        step,
                        weight: target.rows.wrapping_add(left * weight_row + v * W::LANES),
                        segment,
                    };
                    // SAFETY: the caller promises what stands under Safety; the tile is inside the window.
                    unsafe { tile!(S, W, [rows, width], input_tile(t, from)) };
                }
            }
        }
    }
}

/// Where the sparse kernels leave the input's gradient unwritten, it must be +0 before.
///
/// # Safety
/// `dx` is the start of a batch's gradient in the input's layout, which has this image.
pub(in crate::conv2d) unsafe fn clear(conv: &Conv2d, dx: Shares<f32>, image: usize) {
    let layout = conv.input;
    for row in 0..layout.height {
        let at = image * layout.image_stride() + layout.origin() + row * layout.row_stride();
        // SAFETY: the layout's own rows of an image that the caller promises.
        unsafe { dx.at(at).write_bytes(0, layout.row_len()) };
    }
}
