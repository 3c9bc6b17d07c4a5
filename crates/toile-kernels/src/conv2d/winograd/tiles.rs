//! Tiles: which there are, and their way into the transformed domain.

use super::transforms;
use crate::LANES;
use crate::simd::{Simd, versions};

/// The tiles of one image (or of a band of it), counted row by row.
#[derive(Clone, Copy)]
pub(super) struct Tiles {
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Tiles {
    /// Those of an output of this size.
    pub(super) fn covering(rows: usize, columns: usize) -> Tiles {
        Tiles { rows: rows.div_ceil(2), columns: columns.div_ceil(2) }
    }

    pub(super) fn count(self) -> usize {
        self.rows * self.columns
    }
}

/// Some tiles in a row.
#[derive(Clone, Copy)]
pub(super) struct Chunk {
    pub(super) first: usize,
    pub(super) count: usize,
    /// Tiles of a row of the image.
    pub(super) columns: usize,
}

impl Chunk {
    /// Row and column of each tile.
    #[inline(always)]
    pub(super) fn places(self) -> impl Iterator<Item = (usize, usize)> {
        let (mut row, mut column) = (self.first / self.columns, self.first % self.columns);
        (0..self.count).map(move |_| {
            let place = (row, column);
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

/// N x N values of a plane from `row` and `column` on.
#[inline(always)]
unsafe fn cut<S: Simd, const N: usize>(
    plane: &Plane,
    [row, column]: [usize; 2],
    first: usize,
    lanes: usize,
) -> [[S::F; N]; N] {
    // SAFETY: only what there is is read.
    unsafe {
        let from = plane.values.add(row * plane.row + column * plane.column + first);
        let mut cut = [[S::zero(); N]; N];
        if row + N <= plane.size[0] && column + N <= plane.size[1] && lanes == LANES {
            for r in 0..N {
                for c in 0..N {
                    cut[r][c] = S::load(from.add(r * plane.row + c * plane.column));
                }
            }
        } else {
            for r in 0..N.min(plane.size[0] - row) {
                for c in 0..N.min(plane.size[1] - column) {
                    cut[r][c] = S::load_first(from.add(r * plane.row + c * plane.column), lanes);
                }
            }
        }
        cut
    }
}

impl Transformed {
    /// The same from tile `first` on.
    pub(super) fn from(self, first: usize) -> Transformed {
        Transformed { values: self.values.wrapping_add(first * self.tile), ..self }
    }
}

#[inline(always)]
unsafe fn store<S: Simd>(tile: [[S::F; 4]; 4], component: usize, to: *mut f32) {
    // SAFETY: the caller's promise.
    unsafe {
        for r in 0..4 {
            for c in 0..4 {
                S::store(to.add((4 * r + c) * component), tile[r][c]);
            }
        }
    }
}

versions! {
    /// B^T d B of each tile.
    pub(super) fn transform_input<S>(plane: Plane, chunk: Chunk, to: Transformed) {
        for (tile, (row, column)) in chunk.places().enumerate() {
            let mut first = 0;
            while first < plane.channels {
                let lanes = (plane.channels - first).min(LANES);
                let d = cut::<S, 4>(&plane, [2 * row, 2 * column], first, lanes);
                let to_values = to.values.add(tile * to.tile + first);
                store::<S>(transforms::input::<S>(d), to.component, to_values);
                first += LANES;
            }
        }
    }
}

versions! {
    /// A dy A^T of each tile.
    pub(super) fn transform_gradient<S>(plane: Plane, chunk: Chunk, to: Transformed) {
        for (tile, (row, column)) in chunk.places().enumerate() {
            let mut first = 0;
            while first < plane.channels {
                let lanes = (plane.channels - first).min(LANES);
                let dy = cut::<S, 2>(&plane, [2 * row, 2 * column], first, lanes);
                let to_values = to.values.add(tile * to.tile + first);
                store::<S>(transforms::gradient::<S>(dy), to.component, to_values);
                first += LANES;
            }
        }
    }
}
