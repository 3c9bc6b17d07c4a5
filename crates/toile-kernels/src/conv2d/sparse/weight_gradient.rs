//! Weight gradient over the winners of each output channel.

use std::ops::Range;

use super::image::Image;
use super::lists::{Lists, Winner};
use super::tile::{CACHED, Tile, capacity, cut, in_halves, load, rows_of_tile, store, tile};
use crate::conv2d::ahead::ask_for;
use crate::conv2d::geometry::Conv2d;
use crate::conv2d::split::share;
use crate::simd::{Simd, Vector, versions};

/// Adds to R kernel rows by V vectors of one channel's gradient.
#[inline(always)]
unsafe fn weight_tile<W: Vector, const R: usize, const V: usize>(
    tile: Tile,
    x: *const f32,
    winners: &[Winner],
    to: *mut f32,
) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        let mut sums = [[W::zero(); V]; R];
        for r in 0..R {
            for v in 0..V {
                sums[r][v] = load::<W, V>(to.add(r * tile.weight_row), v, tile.lanes);
            }
        }
        for winner in winners {
            let gradient = W::splat(winner.gradient);
            let x = x.add(winner.offset as usize);
            for r in 0..R {
                for v in 0..V {
                    let value = load::<W, V>(x.add(r * tile.image_row), v, tile.lanes);
                    sums[r][v] = W::fma(value, gradient, sums[r][v]);
                }
            }
        }
        for r in 0..R {
            for v in 0..V {
                store::<W, V>(to.add(r * tile.weight_row), v, tile.lanes, sums[r][v]);
            }
        }
    }
}

/// Rows of pooling windows that all channels go through before the next: as many as read little enough of the image
/// to find it in the cache, one channel after the other.
pub(super) fn rows_at_once(conv: &Conv2d) -> usize {
    // So many windows below each other see (2 windows - 1) stride + kernel rows.
    let [rows, stride] = [CACHED / (conv.input.row_stride() * size_of::<f32>()), conv.stride[0]];
    let windows = ((rows + stride).saturating_sub(conv.kernel[0]) / (2 * stride)).max(1);
    conv.output.height.div_ceil(conv.output.height.div_ceil(windows))
}

/// Asks for a channel's share of what the next image has where these rows of windows are.
#[inline(always)]
fn ask_for_next(conv: &Conv2d, image: Image, rows: &Range<usize>, oc: usize) {
    let [first, end] = [rows.start, rows.end].map(|row| conv.input.image_stride() * row / conv.output.height);
    let [begin, end] = share(end - first, oc, conv.output.channels).map(|value| first + value);
    ask_for(image.x.wrapping_add(image.next + begin), end - begin);
}

versions! {
    /// Adds to rows `[oc][kh][kw][ic]` what the lists have of some rows of windows.
    pub(super) fn weight_gradient<S>(conv: &Conv2d, image: Image, rows: &Range<usize>, lists: &Lists, partial: *mut f32) {
        if in_halves::<S>(conv) {
            in_vectors::<S, S::Half>(conv, image, rows, lists, partial);
        } else {
            in_vectors::<S, S>(conv, image, rows, lists, partial);
        }
    }
}

#[inline(always)]
unsafe fn in_vectors<S: Simd, W: Vector>(
    conv: &Conv2d,
    image: Image,
    rows: &Range<usize>,
    lists: &Lists,
    partial: *mut f32,
) {
    let (len, segment) = (conv.window_len(), conv.segment());
    let image_row = conv.input.row_stride();
    let [vectors, most, last] = cut::<W>(segment);
    for oc in 0..conv.output.channels {
        let winners = lists.of_channel(conv, oc);
        if image.next > 0 {
            ask_for_next(conv, image, rows, oc);
        }
        let mut v = 0;
        while v < vectors {
            let width = most.min(vectors - v);
            let lanes = if v + width == vectors { last } else { W::LANES };
            let t = Tile { image_row, weight_row: segment, lanes };
            let mut row = 0;
            while row < conv.kernel[0] {
                let height = rows_of_tile(conv.kernel[0] - row, capacity::<S, W>() / width);
                // SAFETY: the caller promises what stands under Safety; the tile is inside the window.
                unsafe {
                    let x = image.x.add(row * image_row + v * W::LANES);
                    let to = partial.add(oc * len + row * segment + v * W::LANES);
                    tile!(S, W, [height, width], weight_tile(t, x, winners, to));
                }
                row += height;
            }
            v += width;
        }
    }
}
