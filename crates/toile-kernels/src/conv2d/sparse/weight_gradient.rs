//! Weight gradient over the winners of each output channel.

use super::image::Image;
use super::lists::{Lists, Winner};
use super::tile::{Tile, capacity, cut, load, rows_of_tile, store, tile};
use crate::LANES;
use crate::conv2d::geometry::Conv2d;
use crate::simd::{Simd, versions};

/// Adds to R kernel rows by V vectors of one channel's gradient.
#[inline(always)]
unsafe fn weight_tile<S: Simd, const R: usize, const V: usize>(
    tile: Tile,
    x: *const f32,
    winners: &[Winner],
    to: *mut f32,
) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        let mut sums = [[S::zero(); V]; R];
        for r in 0..R {
            for v in 0..V {
                sums[r][v] = load::<S, V>(to.add(r * tile.weight_row), v, tile.lanes);
            }
        }
        for winner in winners {
            let gradient = S::splat(winner.gradient);
            let x = x.add(winner.offset as usize);
            for r in 0..R {
                for v in 0..V {
                    let value = load::<S, V>(x.add(r * tile.image_row), v, tile.lanes);
                    sums[r][v] = S::fma(value, gradient, sums[r][v]);
                }
            }
        }
        for r in 0..R {
            for v in 0..V {
                store::<S, V>(to.add(r * tile.weight_row), v, tile.lanes, sums[r][v]);
            }
        }
    }
}

versions! {
    /// Adds to rows `[oc][kh][kw][ic]`.
    pub(super) fn weight_gradient<S>(conv: &Conv2d, image: Image, lists: &Lists, partial: *mut f32) {
        let (len, segment) = (conv.window_len(), conv.segment());
        let image_row = conv.input.row_stride();
        let [vectors, most, last] = cut(segment);
        for oc in 0..conv.output.channels {
            let winners = lists.of_channel(conv, oc);
            let mut v = 0;
            while v < vectors {
                let width = most.min(vectors - v);
                let lanes = if v + width == vectors { last } else { LANES };
                let t = Tile { image_row, weight_row: segment, lanes };
                let mut row = 0;
                while row < conv.kernel[0] {
                    let rows = rows_of_tile(conv.kernel[0] - row, capacity::<S>() / width);
                    let x = image.x.add(row * image_row + v * LANES);
                    let to = partial.add(oc * len + row * segment + v * LANES);
                    tile!(S, [rows, width], weight_tile(t, x, winners, to));
                    row += rows;
                }
                v += width;
            }
        }
    }
}
