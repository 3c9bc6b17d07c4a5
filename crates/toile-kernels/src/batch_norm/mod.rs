//! Batch normalisation, alone or with what follows it: a sum with a skip, an activation, 2x2
//! max-pooling.
//!
//! **Formula, order.** As [`reference`] says; what follows as the references of [`add`](crate::add),
//! [`activation`](crate::activation) and [`max_pool2d`](crate::max_pool2d) say, one after the other: whoever
//! runs those gets the same bits. (Behind pooling, the slope of an activation other than ReLU is not looked at where
//! a value did not win its window: its gradient is +0, where 0 times the slope could be -0, or NaN.)
//!
//! **Layout.** Any border on either side; everything a channel is [channel]. A pooled output comes with a
//! byte a value, `[image][row][column][channel]`: the winning pixel of its window (0 to 3, row by row), or 4
//! where ReLU cut it off. **Aliasing.** None.
//!
//! **Memory.** Images pass through the caches once a round at best, so what counts is how often each tensor
//! is read and written. Forward, the input is read once for its moments (not at all where the convolution
//! that made it took them, see [`image_moments_len`]) and once to be normalised. Backward, each of the two
//! rounds reads the input and the output's gradient; what ReLU cut off is found out again from the input, and what went
//! into another activation is made again. The second
//! round is the convolution's that made the input, where one did ([`DOutput`]).

mod backward;
mod behind;
mod moments;
mod normalise;
pub mod reference;
mod way_back;

pub use backward::{Backward, GradientTerms, sums};
pub use behind::OutputGradient;
pub(crate) use moments::image_moments;
pub use moments::{join_moments, moments};
pub use normalise::{Normalise, Pooled, normalise, normalise_pooled, pooled_workspace_len};
pub(crate) use way_back::SharedDOutput;
pub use way_back::{DOutput, WayBack, input_gradient};

use crate::LANES;
use crate::layout::{Layout, TOO_LARGE, product};
use crate::simd::Simd;

/// Values of the moments of this many images, each taken by itself: [image][mean, then squares][channel].
pub fn image_moments_len(layout: Layout, images: usize) -> usize {
    product([2, images, layout.channels])
}

/// Values of the workspace that [`sums`] wants for this many images on so many threads.
pub fn workspace_len(layout: Layout, images: usize, threads: usize) -> usize {
    let sums = product([2, images, layout.channels]);
    sums.checked_add(product([threads, layout.row_len()])).expect(TOO_LARGE)
}

fn dims(layout: Layout) -> [usize; 3] {
    [layout.channels, layout.height, layout.width]
}

/// Height and width of what 2x2 max-pooling (stride 2, odd last rows and columns left out) makes of this.
fn pooled_dims(layout: Layout) -> [usize; 3] {
    [layout.channels, layout.height / 2, layout.width / 2]
}

/// One image's pixels.
#[derive(Clone, Copy)]
struct Plane {
    /// Pixel (0, 0).
    values: *mut f32,
    /// From one row and column to the next.
    row: usize,
    column: usize,
}

impl Plane {
    /// # Safety
    /// `values` is a batch in this layout that has this image.
    unsafe fn new(values: *mut f32, layout: Layout, image: usize) -> Plane {
        // SAFETY: the caller's promise.
        let values = unsafe { values.add(image * layout.image_stride() + layout.origin()) };
        Plane { values, row: layout.row_stride(), column: layout.channels }
    }

    /// # Safety
    /// The image has this pixel and channel.
    #[inline(always)]
    unsafe fn at(&self, row: usize, column: usize, channel: usize) -> *mut f32 {
        // SAFETY: the caller's promise.
        unsafe { self.values.add(row * self.row + column * self.column + channel) }
    }
}

/// Which channels a kernel works on: V vectors from `first`, of which the last may be partly filled.
#[derive(Clone, Copy)]
struct Block {
    first: usize,
    channels: usize,
}

impl Block {
    #[inline(always)]
    fn lanes(&self, v: usize) -> usize {
        (self.channels - self.first - v * LANES).min(LANES)
    }

    /// The block's values from those of all channels.
    #[inline(always)]
    unsafe fn of_channels<S: Simd, const V: usize>(&self, values: *const f32) -> [S::F; V] {
        // SAFETY: `values` has as many as there are channels (the façades check).
        unsafe {
            let mut block = [S::zero(); V];
            for v in 0..V {
                block[v] = self.load::<S>(values.add(self.first), v);
            }
            block
        }
    }

    /// Vector `v` of the block at `p`.
    #[inline(always)]
    unsafe fn load<S: Simd>(&self, p: *const f32, v: usize) -> S::F {
        // SAFETY: the caller has the block's channels at `p`.
        unsafe {
            if self.lanes(v) == LANES {
                S::load(p.add(v * LANES))
            } else {
                S::load_first(p.add(v * LANES), self.lanes(v))
            }
        }
    }

    /// Vector `v` of the block to `p`.
    #[inline(always)]
    unsafe fn store<S: Simd>(&self, p: *mut f32, v: usize, value: S::F) {
        // SAFETY: the caller has the block's channels at `p`.
        unsafe {
            if self.lanes(v) == LANES {
                S::store(p.add(v * LANES), value)
            } else {
                S::store_first(p.add(v * LANES), self.lanes(v), value)
            }
        }
    }
}

/// Calls `$f::<S, .., V>(block, ..)` for all channels: two vectors at a time where the registers allow it.
macro_rules! each_block {
    ($S:ident, $channels:expr, $f:ident($($arg:expr),*)) => {{
        let channels: usize = $channels;
        let mut first = 0;
        while first < channels {
            let block = $crate::batch_norm::Block { first, channels };
            if $S::WIDE && channels - first > $crate::LANES {
                $f::<$S, 2>(block, $($arg),*);
                first += 2 * $crate::LANES;
            } else {
                $f::<$S, 1>(block, $($arg),*);
                first += $crate::LANES;
            }
        }
    }};
}
use each_block;

/// The sum of a channel's four chains.
#[inline(always)]
unsafe fn join<S: Simd>([a, b, c, d]: [S::F; reference::CHAINS]) -> S::F {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe { S::add(S::add(a, c), S::add(b, d)) }
}
