//! Tiles of kernel rows by vectors, held in registers while winners pass.

use crate::LANES;
use crate::conv2d::geometry::Conv2d;
use crate::simd::{Simd, Vector};

/// Bytes that may be read again and again beside everything else: they stay in the first-level cache.
pub(super) const CACHED: usize = 24 << 10;

/// A register tile of kernel rows by vectors; the last vector of a row has `lanes` values.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    /// From one kernel row to the next, in the image and in the weight.
    pub(super) image_row: usize,
    pub(super) weight_row: usize,
    pub(super) lanes: usize,
}

#[inline(always)]
pub(super) unsafe fn load<W: Vector, const V: usize>(p: *const f32, v: usize, lanes: usize) -> W::F {
    // SAFETY: the caller promises what stands under Safety; the last vector reads only its lanes.
    unsafe {
        if v + 1 < V || lanes == W::LANES {
            W::load(p.add(v * W::LANES))
        } else {
            W::load_first(p.add(v * W::LANES), lanes)
        }
    }
}

#[inline(always)]
pub(super) unsafe fn store<W: Vector, const V: usize>(p: *mut f32, v: usize, lanes: usize, value: W::F) {
    // SAFETY: the caller promises what stands under Safety; the last vector writes only its lanes.
    unsafe {
        if v + 1 < V || lanes == W::LANES {
            // The number is known while compiling.
            W::store_first(p.add(v * W::LANES), W::LANES, value);
        } else {
            W::store_first(p.add(v * W::LANES), lanes, value);
        }
    }
}

/// Vectors of a tile of kernel rows: they stay in registers while winners pass. Of 32 registers 27 hold three kernel rows of
/// nine [halves](Simd::Half), 24 channels by three columns; 25 a 5x5 kernel's.
pub(super) const fn capacity<S: Simd, W: Vector>() -> usize {
    match (S::WIDE, W::LANES < LANES) {
        (true, true) => 27,
        (true, false) => 25,
        (false, _) => 6,
    }
}

/// Whether vectors of half as many lanes are faster: pixels then begin where one does, and not all of them where whole
/// vectors do, which would be read from two cache lines.
pub(super) fn in_halves<S: Simd>(conv: &Conv2d) -> bool {
    let (channels, half) = (conv.input.channels, <S::Half as Vector>::LANES);
    half < LANES && !channels.is_multiple_of(LANES) && channels.is_multiple_of(half)
}

/// How a kernel row is cut: vectors in all, vectors a tile, values of the last vector.
pub(super) fn cut<W: Vector>(segment: usize) -> [usize; 3] {
    let vectors = segment.div_ceil(W::LANES);
    let most = if W::LANES < LANES { 9 } else { 6 };
    [vectors, vectors.div_ceil(vectors.div_ceil(most)), segment - (vectors - 1) * W::LANES]
}

/// The most kernel rows, of the `left` ones, that there are tiles for and that are not more than `most`.
pub(super) fn rows_of_tile(left: usize, most: usize) -> usize {
    *[5, 3, 2, 1].iter().find(|rows| **rows <= left.min(most)).unwrap_or(&1)
}

/// Calls the tile function of this many rows and vectors.
macro_rules! tile {
    ($S:ident, $W:ident, [$rows:expr, $vectors:expr], $tile:ident $arguments:tt) => {
        tile!(@each $S, $W, [$rows, $vectors], $tile, $arguments, [
            1 1, 1 2, 1 3, 1 4, 1 5, 1 6, 1 7, 1 8, 1 9, 2 1, 2 2, 2 3, 2 4, 2 5, 2 6, 2 7, 2 8, 2 9,
            3 1, 3 2, 3 3, 3 4, 3 5, 3 6, 3 7, 3 8, 3 9, 5 1, 5 2, 5 3, 5 4, 5 5,
        ])
    };
    (@each $S:ident, $W:ident, $size:expr, $tile:ident, $arguments:tt, [$($R:literal $V:literal,)*]) => {
        match $size {
            $(
                // What no tile of this instruction set has room for is not compiled.
                [$R, $V] if $R * $V <= $crate::conv2d::sparse::tile::capacity::<$S, $W>() => {
                    tile!(@call $W, $R, $V, $tile, $arguments)
                }
            )*
            size => unreachable!("no tile of {size:?}"),
        }
    };
    (@call $W:ident, $R:literal, $V:literal, $tile:ident, ($($argument:expr),*)) => {
        $tile::<$W, $R, $V>($($argument),*)
    };
}
pub(super) use tile;
