//! Tiles: which there are, and their way into the transformed domain.

use super::sizes::component_stride;
use super::transforms::{self, Square};
use crate::LANES;
use crate::conv2d::algorithms::Tile;
use crate::simd::{Simd, versions};

/// The tiles of one image (or of a band of it), counted row by row.
#[derive(Clone, Copy)]
pub(super) struct Tiles {
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Tiles {
    /// Those of an output of this size.
    pub(super) fn covering(tile: Tile, rows: usize, columns: usize) -> Tiles {
        let outputs = tile.outputs();
        Tiles { rows: rows.div_ceil(outputs), columns: columns.div_ceil(outputs) }
    }

    pub(super) fn count(self) -> usize {
        self.rows * self.columns
    }
}

/// Some tiles in a row.
#[derive(Clone, Copy)]
pub(super) struct Chunk {
    pub(super) tile: Tile,
    pub(super) first: usize,
    pub(super) count: usize,
    /// Tiles of a row of the image.
    pub(super) columns: usize,
}

impl Chunk {
    /// The first output's row and column, of each tile.
    #[inline(always)]
    pub(super) fn places(self) -> impl Iterator<Item = (usize, usize)> {
        let outputs = self.tile.outputs();
        let (mut row, mut column) = (self.first / self.columns, self.first % self.columns);
        (0..self.count).map(move |_| {
            let place = (outputs * row, outputs * column);
            column += 1;
            if column == self.columns {
                (row, column) = (row + 1, 0);
            }
            place
        })
    }
}

/// What tiles are cut from.
#[derive(Clone, Copy)]
pub(super) struct Plane {
    /// First value of tile (0, 0).
    pub(super) values: *const f32,
    /// From one row to the next.
    pub(super) row: usize,
    /// From one column to the next.
    pub(super) column: usize,
    /// That are wanted of a pixel, adjacent.
    pub(super) channels: usize,
    /// Rows and columns there are, from tile (0, 0) on. What tiles see beyond is +0.
    pub(super) size: [usize; 2],
}

/// Where transformed tiles go: `[component][tile][channel]`, channels filled up to whole vectors.
#[derive(Clone, Copy)]
pub(super) struct Transformed {
    pub(super) values: *mut f32,
    pub(super) component: usize,
    pub(super) tile: usize,
}

/// Filled up to whole vectors.
pub(super) fn padded(channels: usize) -> usize {
    channels.next_multiple_of(LANES)
}

impl Transformed {
    /// Room for so many tiles.
    pub(super) fn new(values: *mut f32, tiles: usize, channels: usize) -> Transformed {
        let tile = padded(channels);
        Transformed { values, component: component_stride(tiles, tile), tile }
    }

    /// The same from tile `first` on.
    pub(super) fn from(self, first: usize) -> Transformed {
        Transformed { values: self.values.wrapping_add(first * self.tile), ..self }
    }

    /// Tile `tile`'s components, sixteen channels from `first` on, `N` to a row.
    #[inline(always)]
    unsafe fn square<const N: usize>(&self, tile: usize, first: usize) -> Square<*mut f32> {
        // SAFETY: there are such a tile and such channels, for which the caller vouches.
        let values = unsafe { self.values.add(tile * self.tile + first) };
        Square { values, row: N * self.component, column: self.component }
    }
}

/// Takes each tile's N x N values of a plane through a transform.
macro_rules! each_tile {
    ($S:ident, $N:literal => $M:literal, $transform:ident, $plane:ident, $chunk:ident, $to:ident) => {
        for (tile, (row, column)) in $chunk.places().enumerate() {
            let inside = row + $N <= $plane.size[0] && column + $N <= $plane.size[1];
            let mut first = 0;
            while first < $plane.channels {
                let lanes = ($plane.channels - first).min(LANES);
                let values = $plane.values.wrapping_add(row * $plane.row + column * $plane.column + first);
                let from = Square { values, row: $plane.row, column: $plane.column };
                let to = $to.square::<$M>(tile, first);
                if !inside {
                    let mut cut = [0.0; $N * $N * LANES];
                    let there = [($plane.size[0] - row).min($N), ($plane.size[1] - column).min($N)];
                    let from = fill::<$S>(from, there, lanes, $N, &mut cut);
                    transforms::$transform::<$S, $N, $M, true>(from, LANES, to);
                } else if lanes == LANES {
                    transforms::$transform::<$S, $N, $M, true>(from, LANES, to);
                } else {
                    transforms::$transform::<$S, $N, $M, false>(from, lanes, to);
                }
                first += LANES;
            }
        }
    };
}

/// Copies what there is of a square that hangs over the edge.
#[inline(always)]
unsafe fn fill<S: Simd>(
    from: Square<*const f32>,
    [rows, columns]: [usize; 2],
    lanes: usize,
    side: usize,
    cut: &mut [f32],
) -> Square<*const f32> {
    for row in 0..rows {
        for column in 0..columns {
            // SAFETY: only what there is is read; `cut` holds `side` squared vectors.
            unsafe {
                let value = S::load_first(from.values.add(row * from.row + column * from.column), lanes);
                S::store(cut[(row * side + column) * LANES..][..LANES].as_mut_ptr(), value);
            }
        }
    }
    Square { values: cut.as_ptr(), row: side * LANES, column: LANES }
}

versions! {
    /// B^T d B of each tile.
    pub(super) fn transform_input<S>(plane: Plane, chunk: Chunk, to: Transformed) {
        match chunk.tile {
            Tile::Two => each_tile!(S, 4 => 4, input, plane, chunk, to),
            Tile::Four => each_tile!(S, 6 => 6, input, plane, chunk, to),
        }
    }
}

versions! {
    /// A dy A^T of each tile.
    pub(super) fn transform_gradient<S>(plane: Plane, chunk: Chunk, to: Transformed) {
        match chunk.tile {
            Tile::Two => each_tile!(S, 2 => 4, gradient, plane, chunk, to),
            Tile::Four => each_tile!(S, 4 => 6, gradient, plane, chunk, to),
        }
    }
}
