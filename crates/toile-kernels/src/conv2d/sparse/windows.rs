//! Weight gradient of a max-pooled convolution with short kernel rows: the first layer, mostly.
//!
//! A winner's list would have nothing to run along. Instead sixteen output channels go through the pooling
//! windows together: what a weight meets is the input at one of four places, and each lane chooses the one
//! where its channel won. That is one multiplication where the dense kernel has four, three of them by 0.

use super::image::Image;
use super::lists::Lists;
use super::tile::{capacity, rows_of_tile, tile};
use crate::LANES;
use crate::conv2d::geometry::Conv2d;
use crate::simd::{Simd, versions};

impl Conv2d {
    /// Whether the weight gradient goes window by window: a matter of shapes alone.
    pub(in crate::conv2d) fn goes_by_windows(&self) -> bool {
        self.pool && self.segment() < LANES
    }

    /// From a pixel of the convolution's output to those below and to the right, in the input.
    fn steps(&self) -> [usize; 2] {
        [self.stride[0] * self.input.row_stride(), self.stride[1] * self.input.channels]
    }

    /// Values of an image from the first to the last that meets a weight at the first place of a window.
    pub(super) fn places_len(&self) -> usize {
        let [down, right] = self.steps();
        let last = (2 * self.output.height - 2) * down + (2 * self.output.width - 2) * right;
        last + (self.kernel[0] - 1) * self.input.row_stride() + self.segment()
    }
}

versions! {
    /// Adds one image's weight and bias gradients to its group's `partial`, packed as the weight.
    pub(in crate::conv2d) fn window_gradients<S>(
        conv: &Conv2d,
        image: Image,
        lists: &mut Lists,
        partial: *mut f32,
    ) {
        let [down, right] = conv.steps();
        let len = conv.places_len();
        // SAFETY: the caller promises the image; `places_len` ends with the last place of its last window.
        let at = |offset| std::slice::from_raw_parts(image.x.add(offset), len);
        let (x, x_right, x_below, x_both) = (at(0), at(right), at(down), at(down + right));
        for (i, four) in lists.fours.chunks_exact_mut(4).enumerate().take(len) {
            four.copy_from_slice(&[x[i], x_right[i], x_below[i], x_both[i]]);
        }
        let fours = lists.fours.as_ptr();
        let segment = conv.segment();
        let mut first = 0;
        while first < conv.output.channels {
            let mut bias = partial.add(conv.weight_len() + first);
            let mut j = 0;
            while j < segment {
                let width = (segment - j).min(5);
                let mut row = 0;
                while row < conv.kernel[0] {
                    let rows = rows_of_tile(conv.kernel[0] - row, capacity::<S, S>() / width);
                    let from = Windows {
                        image,
                        fours: fours.add(4 * (row * conv.input.row_stride() + j)),
                        first,
                        bias,
                    };
                    let to = partial.add((first / LANES * conv.window_len() + row * segment + j) * LANES);
                    tile!(S, S, [rows, width], window_tile(conv, from, to));
                    bias = std::ptr::null_mut();
                    row += rows;
                }
                j += width;
            }
            first += LANES;
        }
    }
}

/// What a tile of weights reads.
#[derive(Clone, Copy)]
struct Windows {
    image: Image,
    /// The four values the tile's first weight meets in the first window; then those of the next value of
    /// the input, and so on.
    fours: *const f32,
    /// First of sixteen output channels.
    first: usize,
    /// Where the gradients are added up too, or null.
    bias: *mut f32,
}

/// Adds to R kernel rows by K weights of sixteen channels.
#[inline(always)]
unsafe fn window_tile<S: Simd, const R: usize, const K: usize>(conv: &Conv2d, from: Windows, to: *mut f32) {
    let Windows { image, fours, first, bias } = from;
    let output = conv.output;
    let lanes = (output.channels - first).min(LANES);
    let [down, right] = conv.steps();
    let (image_row, weight_row) = (conv.input.row_stride(), conv.segment() * LANES);
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        let mut total = S::zero();
        if !bias.is_null() {
            total = S::load(bias);
        }
        let mut sums = [[S::zero(); K]; R];
        for r in 0..R {
            for k in 0..K {
                sums[r][k] = S::load(to.add(r * weight_row + k * LANES));
            }
        }
        for row in 0..output.height {
            for column in 0..output.width {
                let pixel = column * output.channels + first;
                let places = image.argmax.add(row * output.row_len() + pixel);
                let (place, won) = S::load_places_first(places, lanes);
                let gradients = image.gradient.add(row * output.row_stride() + pixel);
                let gradient =
                    if lanes == LANES { S::load(gradients) } else { S::load_first(gradients, lanes) };
                let gradient = S::select(won, gradient, S::zero());
                total = S::add(total, gradient);
                let fours = fours.add(8 * (row * down + column * right));
                for r in 0..R {
                    for k in 0..K {
                        let value = S::choose(fours.add(4 * (r * image_row + k)), place);
                        sums[r][k] = S::fma(value, gradient, sums[r][k]);
                    }
                }
            }
        }
        for r in 0..R {
            for k in 0..K {
                S::store(to.add(r * weight_row + k * LANES), sums[r][k]);
            }
        }
        if !bias.is_null() {
            S::store(bias, total);
        }
    }
}
