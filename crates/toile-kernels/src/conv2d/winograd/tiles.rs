//! Tiles: which there are, and their way into the transformed domain.

use super::put::{Neighbours, Plain, Put, Second};
use super::sizes::component_stride;
use super::transforms::{self, Square};
use crate::LANES;
use crate::conv2d::algorithms::Tile;
use crate::isa::Isa;
use crate::simd::{Simd, pair_versions, prefetch, versions};

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
    /// As that of [`crate::conv2d::plane::Plane`].
    pub(super) next: usize,
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

/// What shares a place where transformed tiles are bf16.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sharing {
    /// Nothing: they are f32.
    Nothing,
    /// Two neighbouring channels of a tile.
    Channels,
    /// A channel of two tiles, one behind the other.
    Tiles,
}

/// Where transformed tiles go: `[component][tile][channel]`, channels filled up to whole vectors.
#[derive(Clone, Copy)]
pub(super) struct Transformed {
    pub(super) values: *mut f32,
    pub(super) component: usize,
    /// From one row of a component to the next: a tile, or two that share it.
    pub(super) row: usize,
    sharing: Sharing,
    /// Tiles that are there already.
    first: usize,
}

/// Filled up to whole vectors.
pub(super) fn padded(channels: usize) -> usize {
    channels.next_multiple_of(LANES)
}

impl Transformed {
    /// Room for so many tiles.
    pub(super) fn new(values: *mut f32, tiles: usize, channels: usize, sharing: Sharing) -> Transformed {
        let (rows, row) = match sharing {
            Sharing::Nothing => (tiles, padded(channels)),
            Sharing::Channels => (tiles, padded(channels) / 2),
            Sharing::Tiles => (tiles.div_ceil(2), padded(channels)),
        };
        Transformed { values, component: component_stride(rows, row), row, sharing, first: 0 }
    }

    /// The same from tile `first` on.
    pub(super) fn from(self, first: usize) -> Transformed {
        Transformed { first, ..self }
    }

    /// Tile `tile`'s components, sixteen channels from `first` on, `N` to a row.
    #[inline(always)]
    unsafe fn square<const N: usize>(&self, tile: usize, first: usize) -> Square<*mut f32> {
        let tile = self.first + tile;
        let at = match self.sharing {
            Sharing::Nothing => tile * self.row + first,
            Sharing::Channels => tile * self.row + first / 2,
            Sharing::Tiles => tile / 2 * self.row + first,
        };
        // SAFETY: there are such a tile and such channels, for which the caller vouches.
        let values = unsafe { self.values.add(at) };
        Square { values, row: N * self.component, column: self.component }
    }

    /// Whether a tile is the second one in its place.
    #[inline(always)]
    fn is_second(&self, tile: usize) -> bool {
        self.sharing == Sharing::Tiles && !(self.first + tile).is_multiple_of(2)
    }
}

/// Takes each tile's N x N values of a plane through a transform. They are put as `$put` does it, those of which
/// `$is_second` holds as `$second` does.
macro_rules! each_tile {
    (
        $S:ident, $N:literal => $M:literal, $transform:ident, $plane:ident, $chunk:ident, $to:ident,
        $put:ty, |$tile:ident| if $is_second:expr => $second:ty
    ) => {
        for ($tile, (row, column)) in $chunk.places().enumerate() {
            let inside = row + $N <= $plane.size[0] && column + $N <= $plane.size[1];
            let mut first = 0;
            while first < $plane.channels {
                let lanes = ($plane.channels - first).min(LANES);
                let values = $plane.values.wrapping_add(row * $plane.row + column * $plane.column + first);
                let from = Square { values, row: $plane.row, column: $plane.column };
                let to = $to.square::<$M>($tile, first);
                if $plane.next > 0 {
                    ask_for_next(&$plane, values, $chunk.tile.outputs());
                }
                if !inside {
                    let mut cut = [0.0; $N * $N * LANES];
                    let there = [($plane.size[0] - row).min($N), ($plane.size[1] - column).min($N)];
                    let from = fill::<$S>(from, there, lanes, $N, &mut cut);
                    if $is_second {
                        transforms::$transform::<$S, $second, $N, $M, true>(from, LANES, to);
                    } else {
                        transforms::$transform::<$S, $put, $N, $M, true>(from, LANES, to);
                    }
                } else {
                    match (lanes == LANES, $is_second) {
                        (true, false) => transforms::$transform::<$S, $put, $N, $M, true>(from, LANES, to),
                        (false, false) => transforms::$transform::<$S, $put, $N, $M, false>(from, lanes, to),
                        (true, true) => transforms::$transform::<$S, $second, $N, $M, true>(from, LANES, to),
                        (false, true) => {
                            transforms::$transform::<$S, $second, $N, $M, false>(from, lanes, to)
                        }
                    }
                }
                first += LANES;
            }
        }
    };
}

/// Asks for the next image's part of a tile that no other tile shares.
#[inline(always)]
fn ask_for_next(plane: &Plane, values: *const f32, side: usize) {
    for row in 0..side {
        for column in 0..side {
            prefetch(values.wrapping_add(plane.next + row * plane.row + column * plane.column));
        }
    }
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
    fn input_as_it_is<S>(plane: Plane, chunk: Chunk, to: Transformed) {
        match chunk.tile {
            Tile::Two => each_tile!(S, 4 => 4, input, plane, chunk, to, Plain, |tile| if false => Plain),
            Tile::Three => each_tile!(S, 5 => 5, input, plane, chunk, to, Plain, |tile| if false => Plain),
            Tile::Four => each_tile!(S, 6 => 6, input, plane, chunk, to, Plain, |tile| if false => Plain),
        }
    }
}

pair_versions! {
    fn input_in_pairs_of_channels<S, P>(plane: Plane, chunk: Chunk, to: Transformed) {
        match chunk.tile {
            Tile::Two => {
                each_tile!(S, 4 => 4, input, plane, chunk, to, Neighbours<P>, |tile| if false => Plain)
            }
            Tile::Three => {
                each_tile!(S, 5 => 5, input, plane, chunk, to, Neighbours<P>, |tile| if false => Plain)
            }
            Tile::Four => {
                each_tile!(S, 6 => 6, input, plane, chunk, to, Neighbours<P>, |tile| if false => Plain)
            }
        }
    }
}

pair_versions! {
    fn input_in_pairs_of_tiles<S, P>(plane: Plane, chunk: Chunk, to: Transformed) {
        match chunk.tile {
            Tile::Two => {
                each_tile!(S, 4 => 4, input, plane, chunk, to, Plain, |tile| if to.is_second(tile) => Second<P>)
            }
            Tile::Three => {
                each_tile!(S, 5 => 5, input, plane, chunk, to, Plain, |tile| if to.is_second(tile) => Second<P>)
            }
            Tile::Four => {
                each_tile!(S, 6 => 6, input, plane, chunk, to, Plain, |tile| if to.is_second(tile) => Second<P>)
            }
        }
    }
}

versions! {
    fn gradient_as_it_is<S>(plane: Plane, chunk: Chunk, to: Transformed) {
        match chunk.tile {
            Tile::Two => each_tile!(S, 2 => 4, gradient, plane, chunk, to, Plain, |tile| if false => Plain),
            Tile::Three => each_tile!(S, 3 => 5, gradient, plane, chunk, to, Plain, |tile| if false => Plain),
            Tile::Four => each_tile!(S, 4 => 6, gradient, plane, chunk, to, Plain, |tile| if false => Plain),
        }
    }
}

pair_versions! {
    fn gradient_in_pairs_of_tiles<S, P>(plane: Plane, chunk: Chunk, to: Transformed) {
        match chunk.tile {
            Tile::Two => {
                each_tile!(S, 2 => 4, gradient, plane, chunk, to, Plain, |tile| if to.is_second(tile) => Second<P>)
            }
            Tile::Three => {
                each_tile!(S, 3 => 5, gradient, plane, chunk, to, Plain, |tile| if to.is_second(tile) => Second<P>)
            }
            Tile::Four => {
                each_tile!(S, 4 => 6, gradient, plane, chunk, to, Plain, |tile| if to.is_second(tile) => Second<P>)
            }
        }
    }
}

pair_versions! {
    /// Rounds what waits for a second one, which does not come: zeros come in its place.
    fn fill_pairs<S, P>(values: *mut f32, len: usize) {
        for at in (0..len).step_by(LANES) {
            Second::<P>::put(values.add(at), S::zero());
        }
    }
}

/// B^T d B of each tile.
///
/// # Safety
/// The plane's tiles and the room for them are valid.
pub(super) unsafe fn transform_input(isa: Isa, plane: Plane, chunk: Chunk, to: Transformed) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        match to.sharing {
            Sharing::Nothing => input_as_it_is(isa, plane, chunk, to),
            Sharing::Channels => input_in_pairs_of_channels(isa, plane, chunk, to),
            Sharing::Tiles => input_in_pairs_of_tiles(isa, plane, chunk, to),
        }
    }
}

/// A dy A^T of each tile.
///
/// # Safety
/// As for [`transform_input`]; neighbouring channels share no place.
pub(super) unsafe fn transform_gradient(isa: Isa, plane: Plane, chunk: Chunk, to: Transformed) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        match to.sharing {
            Sharing::Tiles => gradient_in_pairs_of_tiles(isa, plane, chunk, to),
            _ => gradient_as_it_is(isa, plane, chunk, to),
        }
    }
}

impl Transformed {
    /// Rows of `count` tiles, whose places are filled: a last tile may have waited for a second one.
    ///
    /// # Safety
    /// So many tiles are there, of which the last one is not filled yet.
    pub(super) unsafe fn filled(self, isa: Isa, tile: Tile, count: usize) -> usize {
        if self.sharing != Sharing::Tiles {
            return count;
        }
        if !count.is_multiple_of(2) {
            for component in 0..tile.components() {
                // SAFETY: the caller promises what stands under Safety.
                unsafe {
                    let row = self.values.add(component * self.component + count / 2 * self.row);
                    fill_pairs(isa, row, self.row);
                }
            }
        }
        count.div_ceil(2)
    }
}
