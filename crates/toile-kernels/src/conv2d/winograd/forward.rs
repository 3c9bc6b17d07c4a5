//! Images through the transformed domain: forward, and the gradient of the input.

use std::mem::MaybeUninit;

use super::product::{Product, Start, product};
use super::sizes::{BLOCK, component_stride};
use super::tiles::{self, Chunk, Sharing, Tiles, Transformed, padded, transform_input};
use super::transforms::{self, Square};
use crate::LANES;
use crate::conv2d::activated;
use crate::conv2d::algorithms::Tile;
use crate::conv2d::plane::{ForwardPart, Init, Plane};
use crate::isa::Isa;
use crate::layout::product as checked;
use crate::max_pool2d::fused::pool_window;
use crate::precision::Precision;
use crate::simd::{Simd, prefetch, versions};

/// Tiles taken at once, at most: enough that a block's weights are read often while they are in the cache,
/// few enough that tiles and products are.
const TILES: usize = 30;

/// Tiles of a full register tile: chunks are a multiple.
const STEP: usize = 6;

/// Tiles of three that are pooled together, two by two: all of an image.
const FOUR: usize = 4;

/// The component of F(2x2, 3x3) that enters each output once, with a plus: its chains start from the bias.
const CENTRE: usize = 5;

/// Tiles taken at once, at most.
fn tiles_max(tile: Tile) -> usize {
    match tile {
        Tile::Two => TILES,
        Tile::Three | Tile::Four => 24,
    }
}

/// Tiles of a chunk where there are `count` in all. Tiles of three of a pooled image stay together.
fn chunk_len(tile: Tile, pooled: bool, count: usize) -> usize {
    // The least multiple of both.
    let step = if pooled && tile == Tile::Three { FOUR * STEP / 2 } else { STEP };
    let chunks = count.div_ceil(tiles_max(tile)).max(1);
    count.div_ceil(chunks).max(1).next_multiple_of(step)
}

/// Values that [`Convolution`] needs to work with, whatever the size of the image.
pub(super) fn scratch_len(tile: Tile, channels: usize) -> usize {
    let stride = |columns: usize| component_stride(tiles_max(tile), columns);
    checked([tile.components(), stride(padded(channels)) + stride(BLOCK * LANES)])
}

fn tiles_of(tile: Tile, plane: &Plane) -> Tiles {
    let shrink = if plane.pooled { 2 } else { 1 };
    Tiles::covering(tile, shrink * plane.rows, shrink * plane.columns)
}

/// Where a tile's outputs go.
#[derive(Clone, Copy)]
struct Place {
    output: *mut f32,
    /// Where the winners go, of a pooled one.
    argmax: *mut u8,
    /// Stored rows and columns there are from the first on.
    rows: usize,
    columns: usize,
}

impl Place {
    /// Asks for the outputs of a tile, `width` channels from `first` on.
    fn prefetch(&self, plane: &Plane, tile: Tile, [first, width]: [usize; 2]) {
        let side = if plane.pooled { tile.outputs().div_ceil(2) } else { tile.outputs() };
        for row in 0..side.min(self.rows) {
            for column in 0..side.min(self.columns) {
                let pixel = row * plane.output_row + column * plane.output_column + first;
                for channel in (0..width).step_by(LANES) {
                    prefetch(self.output.wrapping_add(pixel + channel));
                }
            }
        }
    }
}

/// Convolutions of images by one weight, in the making: tiles of as many images as fit are taken at once, so that the
/// weight is read once for all of them.
pub(in crate::conv2d) struct Convolution {
    isa: Isa,
    tile: Tile,
    precision: Precision,
    /// That will be added, at most.
    images: usize,
    scratch: *mut f32,
    /// Of the last image that was added.
    plane: Option<Plane>,
    /// Tiles taken at once.
    chunk: usize,
    /// Tiles that are transformed and not yet multiplied, and where their outputs go.
    pending: usize,
    places: [Place; TILES],
}

impl Convolution {
    /// Of up to `images` images, by an algorithm of a tile. `scratch` has [`scratch_len`] values.
    pub(in crate::conv2d) fn new(
        isa: Isa,
        (tile, precision): (Tile, Precision),
        images: usize,
        scratch: *mut f32,
    ) -> Convolution {
        let nowhere =
            Place { output: std::ptr::null_mut(), argmax: std::ptr::null_mut(), rows: 0, columns: 0 };
        let places = [nowhere; TILES];
        let (plane, chunk, pending) = (None, 0, 0);
        Convolution { isa, tile, precision, images, scratch, plane, chunk, pending, places }
    }

    /// Adds an image, or a part of it: a part starts at a tile's first row and where it does not end with the image it
    /// ends before one (one of three that is pooled is not taken apart); with channels alike, by blocks ([`BLOCK`]). Of a pooled one the winners go to `argmax`. The
    /// planes differ in their pointers to input and output alone.
    ///
    /// # Safety
    /// The plane's pointers are valid as for the direct kernels until [`finish`](Convolution::finish), with a weight
    /// transformed for it; 3x3 windows and stride 1; nobody else uses the scratch.
    pub(in crate::conv2d) unsafe fn add(&mut self, plane: Plane, argmax: *mut u8) {
        let shrink = if plane.pooled { 2 } else { 1 };
        let (channels, tiles) = (plane.step_column, tiles_of(self.tile, &plane));
        let size = [shrink * plane.rows + plane.beyond[0] + 2, shrink * plane.columns + plane.beyond[1] + 2];
        let input = tiles::Plane {
            next: plane.next(),
            values: plane.input,
            row: plane.input_row,
            column: channels,
            channels,
            size,
        };
        if self.plane.is_none() {
            self.chunk = chunk_len(self.tile, plane.pooled, self.images * tiles.count());
        }
        self.plane = Some(plane);
        let transformed = self.transformed(&plane);
        let mut done = 0;
        while done < tiles.count() {
            let count = (self.chunk - self.pending).min(tiles.count() - done);
            let chunk = Chunk { tile: self.tile, first: done, count, columns: tiles.columns };
            // SAFETY: the caller promises what stands under Safety.
            unsafe {
                transform_input(self.isa, input, chunk, transformed.from(self.pending));
                for (place, (row, column)) in self.places[self.pending..].iter_mut().zip(chunk.places()) {
                    let (row, column) = (row / shrink, column / shrink);
                    *place = Place {
                        output: plane.output.add(row * plane.output_row + column * plane.output_column),
                        argmax: argmax.wrapping_add((row * plane.columns + column) * plane.output_column),
                        rows: plane.rows - row,
                        columns: plane.columns - column,
                    };
                }
                done += count;
                self.pending += count;
                if self.pending == self.chunk {
                    self.finish();
                }
            }
        }
    }

    /// How many of the images that were added, the last ones, have outputs that have not been written. For whole images.
    pub(in crate::conv2d) fn images_pending(&self) -> usize {
        self.plane.map_or(0, |plane| self.pending.div_ceil(tiles_of(self.tile, &plane).count()))
    }

    fn transformed(&self, plane: &Plane) -> Transformed {
        let sharing = match self.precision {
            Precision::F32 => Sharing::Nothing,
            Precision::Bf16 => Sharing::Channels,
        };
        Transformed::new(self.scratch, self.chunk, plane.step_column, sharing)
    }

    /// Writes the outputs that have not been written.
    ///
    /// # Safety
    /// As for [`add`](Convolution::add).
    pub(in crate::conv2d) unsafe fn finish(&mut self) {
        let Some(plane) = &self.plane else { return };
        let (transformed, depth) = (self.transformed(plane), self.precision.places(plane.step_column));
        let components = self.tile.components();
        let places = &self.places[..self.pending];
        // SAFETY: the caller promises what stands under Safety.
        unsafe {
            let products = self.scratch.add(components * transformed.component);
            let panels = plane.channels.div_ceil(LANES);
            for panel in (0..panels).step_by(BLOCK) {
                let block_panels = BLOCK.min(panels - panel);
                let width = block_panels * LANES;
                let weight = plane.weight.add(panel * plane.panel);
                let component = component_stride(self.chunk, width);
                // The outputs are asked for while the products are made that they come from.
                let at_once = places.len().div_ceil(components);
                for xi in 0..components {
                    for place in places.iter().skip(xi * at_once).take(at_once) {
                        place.prefetch(plane, self.tile, [panel * LANES, width]);
                    }
                    let start = match (plane.init, self.tile) {
                        (Init::Bias(bias), Tile::Two) if xi == CENTRE => Start::Row(bias.add(panel * LANES)),
                        _ => Start::Zero,
                    };
                    let p = Product {
                        a: transformed.values.add(xi * transformed.component),
                        b: weight.add(xi * component_stride(depth, LANES)),
                        c: products.add(xi * component),
                        rows: places.len(),
                        depth,
                        panels: block_panels,
                        columns: plane.channels - panel * LANES,
                        a_row: transformed.row,
                        b_row: LANES,
                        c_row: width,
                        b_panel: plane.panel,
                        c_panel: LANES,
                        start,
                    };
                    product(self.isa, self.precision, p);
                }
                let block = Block { products, component, width, first: panel * LANES };
                match self.tile {
                    Tile::Two if plane.pooled => store_pooled_2(self.isa, plane, places, block),
                    Tile::Four if plane.pooled => store_pooled_4(self.isa, plane, places, block),
                    Tile::Three if plane.pooled => store_pooled_3(self.isa, plane, places, block),
                    Tile::Two => store_2(self.isa, plane, places, block),
                    Tile::Three => store_3(self.isa, plane, places, block),
                    Tile::Four => store_4(self.isa, plane, places, block),
                }
            }
        }
        self.pending = 0;
    }
}

/// Parts of images (see [`Convolution::add`]), which differ in their pointers alone.
///
/// # Safety
/// As for [`Convolution::add`], each part with the same scratch.
pub(in crate::conv2d) unsafe fn convolve(parts: &mut dyn Iterator<Item = ForwardPart>) {
    let Some(first) = parts.next() else { return };
    let algorithm = first.conv.algorithms.forward.winograd();
    let algorithm = algorithm.expect("a kernel of the table runs where its condition holds");
    let mut convolution = Convolution::new(first.isa, algorithm, first.together, first.scratch);
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        for part in std::iter::once(first).chain(parts) {
            convolution.add(part.plane, part.argmax);
        }
        convolution.finish();
    }
}

/// As [`convolve`], through an activation that comes in front of pooling.
///
/// # Safety
/// As for [`convolve`].
pub(in crate::conv2d) unsafe fn convolve_and_pool_activated(parts: &mut dyn Iterator<Item = ForwardPart>) {
    for part in parts {
        // SAFETY: the caller promises what stands under Safety; bands are parts of images that are not pooled.
        unsafe {
            activated::convolve_pooled(part, |plane| {
                let band = ForwardPart { plane, argmax: std::ptr::null_mut(), together: 1, ..part };
                convolve(&mut std::iter::once(band));
            });
        }
    }
}

/// The products of some tiles by a block of panels.
#[derive(Clone, Copy)]
struct Block {
    products: *const f32,
    /// From one component and from one tile to the next.
    component: usize,
    width: usize,
    /// First output channel.
    first: usize,
}

impl Block {
    /// A tile's products, sixteen channels of them.
    #[inline(always)]
    unsafe fn square<const N: usize>(&self, tile: usize, lane: usize) -> Square<*const f32> {
        // SAFETY: inside the products, for which the caller vouches.
        let values = unsafe { self.products.add(tile * self.width + lane) };
        Square { values, row: N * self.component, column: self.component }
    }
}

/// What is added to outputs of tiles that have no component for the bias: all but F(2x2, 3x3).
#[inline(always)]
unsafe fn bias<S: Simd, const M: usize>(plane: &Plane, first: usize) -> Option<S::F> {
    match plane.init {
        // SAFETY: whole panels of the bias, for which the caller vouches.
        Init::Bias(bias) if M != 2 => Some(unsafe { S::load(bias.add(first)) }),
        _ => None,
    }
}

/// Row `r` of a tile's outputs, with the bias.
#[inline(always)]
unsafe fn output_row<S: Simd, const N: usize, const M: usize>(
    half: &[MaybeUninit<S::F>; N],
    bias: Option<S::F>,
) -> [S::F; M] {
    // SAFETY: the row has been written; the caller vouches for that and for the instruction set `S`.
    unsafe {
        let mut line = transforms::output_line::<S, N, M>(transforms::written::<S, N>(half));
        if let Some(bias) = bias {
            for c in 0..M {
                line[c] = S::add(line[c], bias);
            }
        }
        line
    }
}

#[inline(always)]
unsafe fn store_all<S: Simd, const N: usize, const M: usize>(plane: &Plane, places: &[Place], block: Block) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        for (tile, place) in places.iter().enumerate() {
            let mut lane = 0;
            while lane < block.width {
                let first = block.first + lane;
                let lanes = (plane.channels - first).min(LANES);
                let half = transforms::output_columns::<S, N, M>(block.square::<N>(tile, lane));
                let bias = bias::<S, M>(plane, first);
                for r in 0..M {
                    let line = output_row::<S, N, M>(&half[r], bias);
                    for c in 0..M {
                        if r < place.rows && c < place.columns {
                            let to = place.output.add(r * plane.output_row + c * plane.output_column + first);
                            let mut y = line[c];
                            if let Init::Existing = plane.init {
                                y = S::add(S::load_first(to, lanes), y);
                            }
                            if plane.relu {
                                y = S::relu(y);
                            }
                            S::store_first(to, lanes, y);
                        }
                    }
                }
                lane += LANES;
            }
        }
    }
}

#[inline(always)]
unsafe fn store_all_pooled<S: Simd, const N: usize, const M: usize>(
    plane: &Plane,
    places: &[Place],
    block: Block,
) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        for (tile, place) in places.iter().enumerate() {
            let mut lane = 0;
            while lane < block.width {
                let first = block.first + lane;
                let lanes = (plane.channels - first).min(LANES);
                let half = transforms::output_columns::<S, N, M>(block.square::<N>(tile, lane));
                let bias = bias::<S, M>(plane, first);
                for r in 0..M / 2 {
                    let above = output_row::<S, N, M>(&half[2 * r], bias);
                    let below = output_row::<S, N, M>(&half[2 * r + 1], bias);
                    for c in 0..M / 2 {
                        if r < place.rows && c < place.columns {
                            let window = [above[2 * c], above[2 * c + 1], below[2 * c], below[2 * c + 1]];
                            let (best, winner) = pool_window::<S>(window, plane.relu);
                            let at = r * plane.output_row + c * plane.output_column + first;
                            S::store_first(place.output.add(at), lanes, best);
                            let at = (r * plane.columns + c) * plane.output_column + first;
                            S::store_bytes_first(place.argmax.add(at), lanes, winner);
                        }
                    }
                }
                lane += LANES;
            }
        }
    }
}

/// Four tiles at a time, whose pooling windows lie in one, two or all of them.
#[inline(always)]
unsafe fn store_all_pooled_by_fours<S: Simd>(plane: &Plane, places: &[Place], block: Block) {
    const SIDE: usize = Tile::POOLED_OF_THREE;
    assert_eq!([plane.rows, plane.columns], [SIDE; 2], "four tiles are the image");
    assert!(places.len().is_multiple_of(FOUR), "images are not taken apart");
    // SAFETY: the caller promises what stands under Safety; the tiles are those of whole images of this size.
    unsafe {
        for (image, four) in places.chunks_exact(FOUR).enumerate() {
            let mut lane = 0;
            while lane < block.width {
                let first = block.first + lane;
                let lanes = (plane.channels - first).min(LANES);
                let bias = bias::<S, 3>(plane, first);
                let mut outputs = [[S::zero(); 2 * SIDE]; 2 * SIDE];
                for tile in 0..FOUR {
                    let square = block.square::<5>(FOUR * image + tile, lane);
                    let half = transforms::output_columns::<S, 5, 3>(square);
                    for r in 0..SIDE {
                        let line = output_row::<S, 5, 3>(&half[r], bias);
                        for c in 0..SIDE {
                            outputs[tile / 2 * SIDE + r][tile % 2 * SIDE + c] = line[c];
                        }
                    }
                }
                for r in 0..SIDE {
                    let [above, below] = [&outputs[2 * r], &outputs[2 * r + 1]];
                    for c in 0..SIDE {
                        let window = [above[2 * c], above[2 * c + 1], below[2 * c], below[2 * c + 1]];
                        let (best, winner) = pool_window::<S>(window, plane.relu);
                        let at = r * plane.output_row + c * plane.output_column + first;
                        S::store_first(four[0].output.add(at), lanes, best);
                        let at = (r * SIDE + c) * plane.output_column + first;
                        S::store_bytes_first(four[0].argmax.add(at), lanes, winner);
                    }
                }
                lane += LANES;
            }
        }
    }
}

versions! {
    fn store_2<S>(plane: &Plane, places: &[Place], block: Block) {
        store_all::<S, 4, 2>(plane, places, block);
    }
}

versions! {
    fn store_3<S>(plane: &Plane, places: &[Place], block: Block) {
        store_all::<S, 5, 3>(plane, places, block);
    }
}

versions! {
    fn store_4<S>(plane: &Plane, places: &[Place], block: Block) {
        store_all::<S, 6, 4>(plane, places, block);
    }
}

versions! {
    fn store_pooled_2<S>(plane: &Plane, places: &[Place], block: Block) {
        store_all_pooled::<S, 4, 2>(plane, places, block);
    }
}

versions! {
    fn store_pooled_4<S>(plane: &Plane, places: &[Place], block: Block) {
        store_all_pooled::<S, 6, 4>(plane, places, block);
    }
}

versions! {
    fn store_pooled_3<S>(plane: &Plane, places: &[Place], block: Block) {
        store_all_pooled_by_fours::<S>(plane, places, block);
    }
}
