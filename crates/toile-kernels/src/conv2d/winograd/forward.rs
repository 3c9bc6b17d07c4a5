//! One image through the transformed domain: forward, and the gradient of the input.

use super::product::{Product, Start, product};
use super::sizes::{BLOCK, COMPONENTS, component_stride};
use super::tiles::{self, Chunk, Tiles, Transformed, transform_input};
use super::transforms;
use crate::LANES;
use crate::conv2d::plane::{Init, Plane};
use crate::isa::Isa;
use crate::layout::product as checked;
use crate::max_pool2d::fused::pool_window;
use crate::simd::{Simd, versions};

/// Tiles taken at once, at most: enough that a block's weights are read often while they are in the cache,
/// few enough that tiles and products are.
const TILES: usize = 30;

/// Tiles of a full register tile: chunks are a multiple.
const STEP: usize = 6;

/// The component that enters each output once, with a plus: the bias is added to it.
const CENTRE: usize = 5;

/// Tiles of a chunk where there are `count` in all.
fn chunk_len(count: usize) -> usize {
    let chunks = count.div_ceil(TILES).max(1);
    count.div_ceil(chunks).max(1).next_multiple_of(STEP)
}

fn padded(channels: usize) -> usize {
    channels.next_multiple_of(LANES)
}

/// Values that [`convolve`] needs to work with, whatever the size of the image.
pub(super) fn scratch_len(channels: usize) -> usize {
    let stride = |columns: usize| component_stride(TILES, columns);
    checked([COMPONENTS, stride(padded(channels)) + stride(BLOCK * LANES)])
}

/// One image's convolution, or a part of it: a part starts at an even row of the convolution's output (any
/// row of a pooled one) and where it does not end with the image it ends before one; with channels alike, by
/// blocks ([`BLOCK`]). With `argmax` the output is max-pooled.
///
/// # Safety
/// The plane's pointers are valid as for the direct kernels, with a weight transformed for it; 3x3 windows
/// and stride 1; `scratch` has [`scratch_len`] values.
pub(in crate::conv2d) unsafe fn convolve(isa: Isa, plane: Plane, argmax: Option<*mut u8>, scratch: *mut f32) {
    let channels = plane.step_column;
    let (tiles, size) = match argmax {
        Some(_) => {
            (Tiles { rows: plane.rows, columns: plane.columns }, [2 * plane.rows + 2, 2 * plane.columns + 2])
        }
        None => (Tiles::covering(plane.rows, plane.columns), [plane.rows + 2, plane.columns + 2]),
    };
    let input = tiles::Plane { values: plane.input, row: plane.input_row, column: channels, channels, size };
    let chunk_len = chunk_len(tiles.count());
    let transformed = Transformed {
        values: scratch,
        component: component_stride(chunk_len, padded(channels)),
        tile: padded(channels),
    };
    let panels = plane.channels.div_ceil(LANES);
    // SAFETY: the caller's promise.
    unsafe {
        let products = scratch.add(COMPONENTS * transformed.component);
        for first in (0..tiles.count()).step_by(chunk_len) {
            let chunk = Chunk { first, count: chunk_len.min(tiles.count() - first), columns: tiles.columns };
            transform_input(isa, input, chunk, transformed);
            for panel in (0..panels).step_by(BLOCK) {
                let block_panels = BLOCK.min(panels - panel);
                let width = block_panels * LANES;
                let weight = plane.weight.add(panel * plane.panel);
                let component = component_stride(chunk_len, width);
                for xi in 0..COMPONENTS {
                    let start = match plane.init {
                        Init::Bias(bias) if xi == CENTRE => Start::Row(bias.add(panel * LANES)),
                        _ => Start::Zero,
                    };
                    let p = Product {
                        a: transformed.values.add(xi * transformed.component),
                        b: weight.add(xi * channels * width),
                        c: products.add(xi * component),
                        rows: chunk.count,
                        depth: channels,
                        panels: block_panels,
                        a_row: transformed.tile,
                        b_row: width,
                        c_row: width,
                        start,
                    };
                    product(isa, p);
                }
                let block = Block { products, component, width, first: panel * LANES };
                match argmax {
                    Some(argmax) => store_pooled(isa, plane, chunk, block, argmax),
                    None => store(isa, plane, chunk, block),
                }
            }
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
    /// A^T m A of a tile, sixteen channels of it.
    #[inline(always)]
    unsafe fn outputs<S: Simd>(&self, tile: usize, lane: usize) -> [[S::F; 2]; 2] {
        // SAFETY: the caller's promise.
        unsafe {
            let from = self.products.add(tile * self.width + lane);
            let mut m = [[S::zero(); 4]; 4];
            for r in 0..4 {
                for c in 0..4 {
                    m[r][c] = S::load(from.add((4 * r + c) * self.component));
                }
            }
            transforms::output::<S>(m)
        }
    }
}

versions! {
    fn store<S>(plane: Plane, chunk: Chunk, block: Block) {
        for (tile, (row, column)) in chunk.places().enumerate() {
            let (row, column) = (2 * row, 2 * column);
            let output = plane.output.add(row * plane.output_row + column * plane.output_column);
            let mut lane = 0;
            while lane < block.width {
                let first = block.first + lane;
                let lanes = (plane.channels - first).min(LANES);
                let outputs = block.outputs::<S>(tile, lane);
                for r in 0..2.min(plane.rows - row) {
                    for c in 0..2.min(plane.columns - column) {
                        let to = output.add(r * plane.output_row + c * plane.output_column + first);
                        let mut y = outputs[r][c];
                        if let Init::Existing = plane.init {
                            y = S::add(S::load_first(to, lanes), y);
                        }
                        if plane.relu {
                            y = S::relu(y);
                        }
                        S::store_first(to, lanes, y);
                    }
                }
                lane += LANES;
            }
        }
    }
}

versions! {
    fn store_pooled<S>(plane: Plane, chunk: Chunk, block: Block, argmax: *mut u8) {
        for (tile, (row, column)) in chunk.places().enumerate() {
            let output = plane.output.add(row * plane.output_row + column * plane.output_column);
            let argmax = argmax.add((row * plane.columns + column) * plane.output_column);
            let mut lane = 0;
            while lane < block.width {
                let first = block.first + lane;
                let lanes = (plane.channels - first).min(LANES);
                let [[a, b], [c, d]] = block.outputs::<S>(tile, lane);
                let (best, place) = pool_window::<S>([a, b, c, d], plane.relu);
                S::store_first(output.add(first), lanes, best);
                S::store_bytes_first(argmax.add(first), lanes, place);
                lane += LANES;
            }
        }
    }
}
