//! Backward through a max-pooled convolution, touching only what won its window.
//!
//! At most one in four of the convolution's outputs has a gradient. The terms are added in the order of
//! the dense kernels, so skipping the zeros cannot be seen in the bits (for finite data).
//!
//! Both gradients run along kernel rows: the kw and ic of one kernel row are adjacent in the input and in
//! a row of weights, so one winner of channel oc at one pixel touches a few vectors of each.

mod input_gradient;
mod lists;
mod pack;
mod weight_gradient;
mod windows;

use super::Conv2d;
use crate::LANES;
use crate::isa::Isa;
use crate::simd::Simd;

pub(super) use input_gradient::clear;
pub(super) use lists::Lists;
pub use pack::pack_partials;
pub(super) use windows::window_gradients;

impl Conv2d {
    /// Whether the sparse kernels do the backward pass: a matter of shapes alone. Their lists hold offsets
    /// and channels in 32 bits.
    pub fn is_sparse(&self) -> bool {
        let listed = self.output.image_len().checked_add(self.output.channels);
        let largest = self.input.image_stride().max(listed.unwrap_or(usize::MAX));
        self.pool && self.segment() >= LANES && u32::try_from(largest).is_ok()
    }
}

/// One image's pooled gradient and winners, and its input.
#[derive(Clone, Copy)]
pub(super) struct Image {
    /// Gradient of the pooled output, pixel (0, 0).
    pub(super) gradient: *const f32,
    pub(super) argmax: *const u8,
    /// First value of output (0, 0)'s window in the input.
    pub(super) x: *const f32,
    /// The same place in the input's gradient, or null.
    pub(super) dx: *mut f32,
    /// The mirrored weight, where there is an input gradient.
    pub(super) rows: *const f32,
}

/// Adds one image's weight and bias gradients to its group's `partial` (rows, then bias), and its input
/// gradient to `dx`.
///
/// # Safety
/// All pointers valid for what the geometry reaches; `lists` made for it.
pub(super) unsafe fn image_gradients(
    isa: Isa,
    conv: Conv2d,
    image: Image,
    lists: &mut Lists,
    partial: *mut f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        lists::by_channel(isa, &conv, image, lists, partial.add(conv.weight_len()));
        weight_gradient::weight_gradient(isa, &conv, image, lists, partial);
        if !image.dx.is_null() {
            lists::by_pixel(isa, &conv, image, lists);
            input_gradient::input_gradient(isa, &conv, image, lists);
        }
    }
}

/// A register tile of kernel rows by vectors; the last vector of a row has `lanes` values.
#[derive(Clone, Copy)]
struct Tile {
    /// From one kernel row to the next, in the image and in the weight.
    image_row: usize,
    weight_row: usize,
    lanes: usize,
}

#[inline(always)]
unsafe fn load<S: Simd, const V: usize>(p: *const f32, v: usize, lanes: usize) -> S::F {
    // SAFETY: the caller's promise; the last vector reads only its lanes.
    unsafe {
        if v + 1 < V || lanes == LANES {
            S::load(p.add(v * LANES))
        } else {
            S::load_first(p.add(v * LANES), lanes)
        }
    }
}

#[inline(always)]
unsafe fn store<S: Simd, const V: usize>(p: *mut f32, v: usize, lanes: usize, value: S::F) {
    // SAFETY: the caller's promise; the last vector writes only its lanes.
    unsafe {
        if v + 1 < V || lanes == LANES {
            S::store(p.add(v * LANES), value)
        } else {
            S::store_first(p.add(v * LANES), lanes, value)
        }
    }
}

/// Vectors of a tile of kernel rows: they stay in registers while winners pass.
const fn capacity<S: Simd>() -> usize {
    if S::WIDE { 25 } else { 6 }
}

/// How a kernel row is cut: vectors in all, vectors a tile, values of the last vector.
fn cut(segment: usize) -> [usize; 3] {
    let vectors = segment.div_ceil(LANES);
    [vectors, vectors.div_ceil(vectors.div_ceil(6)), segment - (vectors - 1) * LANES]
}

/// The most kernel rows, of the `left` ones, that there are tiles for and that are not more than `most`.
fn rows_of_tile(left: usize, most: usize) -> usize {
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
                [$R, $V] if $R * $V <= $crate::conv2d::sparse::capacity::<$S>() => {
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
use tile;
