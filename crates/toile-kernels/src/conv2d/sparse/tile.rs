//! Tiles of kernel rows by vectors, held in registers while winners pass.

use crate::LANES;
use crate::simd::Simd;

/// A register tile of kernel rows by vectors; the last vector of a row has `lanes` values.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    /// From one kernel row to the next, in the image and in the weight.
    pub(super) image_row: usize,
    pub(super) weight_row: usize,
    pub(super) lanes: usize,
}

#[inline(always)]
pub(super) unsafe fn load<S: Simd, const V: usize>(p: *const f32, v: usize, lanes: usize) -> S::F {
    // SAFETY: the caller promises what stands under Safety; the last vector reads only its lanes.
    unsafe {
        if v + 1 < V || lanes == LANES {
            S::load(p.add(v * LANES))
        } else {
            S::load_first(p.add(v * LANES), lanes)
        }
    }
}

#[inline(always)]
pub(super) unsafe fn store<S: Simd, const V: usize>(p: *mut f32, v: usize, lanes: usize, value: S::F) {
    // SAFETY: the caller promises what stands under Safety; the last vector writes only its lanes.
    unsafe {
        if v + 1 < V || lanes == LANES {
            S::store(p.add(v * LANES), value)
        } else {
            S::store_first(p.add(v * LANES), lanes, value)
        }
    }
}

/// Vectors of a tile of kernel rows: they stay in registers while winners pass.
pub(super) const fn capacity<S: Simd>() -> usize {
    if S::WIDE { 25 } else { 6 }
}

/// How a kernel row is cut: vectors in all, vectors a tile, values of the last vector.
pub(super) fn cut(segment: usize) -> [usize; 3] {
    let vectors = segment.div_ceil(LANES);
    [vectors, vectors.div_ceil(vectors.div_ceil(6)), segment - (vectors - 1) * LANES]
}

/// The most kernel rows, of the `left` ones, that there are tiles for and that are not more than `most`.
pub(super) fn rows_of_tile(left: usize, most: usize) -> usize {
    *[5, 3, 2, 1].iter().find(|rows| **rows <= left.min(most)).unwrap_or(&1)
}

/// Calls the tile function of this many rows and vectors.
macro_rules! tile {
    ($S:ident, [$rows:expr, $vectors:expr], $tile:ident $arguments:tt) => {
        tile!(@each $S, [$rows, $vectors], $tile, $arguments, [
            1 1, 1 2, 1 3, 1 4, 1 5, 1 6, 2 1, 2 2, 2 3, 2 4, 2 5, 2 6, 3 1, 3 2, 3 3, 3 4, 3 5, 3 6,
            5 1, 5 2, 5 3, 5 4, 5 5,
        ])
    };
    (@each $S:ident, $size:expr, $tile:ident, $arguments:tt, [$($R:literal $V:literal,)*]) => {
        match $size {
            $(
                // What no tile of this instruction set has room for is not compiled.
                [$R, $V] if $R * $V <= $crate::conv2d::sparse::tile::capacity::<$S>() => {
                    tile!(@call $S, $R, $V, $tile, $arguments)
                }
            )*
            size => unreachable!("no tile of {size:?}"),
        }
    };
    (@call $S:ident, $R:literal, $V:literal, $tile:ident, ($($argument:expr),*)) => {
        $tile::<$S, $R, $V>($($argument),*)
    };
}
pub(super) use tile;
