//! The channels that a kernel works on at a time.

use super::reference::CHAINS;
use crate::LANES;
use crate::simd::{Simd, prefetch};

/// Which channels a kernel works on: V vectors from `first`, of which the last may be partly filled.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub(super) first: usize,
    pub(super) channels: usize,
}

impl Block {
    #[inline(always)]
    pub(super) fn lanes(&self, v: usize) -> usize {
        (self.channels - self.first - v * LANES).min(LANES)
    }

    /// The block's values from those of all channels.
    #[inline(always)]
    pub(super) unsafe fn of_channels<S: Simd, const V: usize>(&self, values: *const f32) -> [S::F; V] {
        // SAFETY: `values` has as many as there are channels (the façades check).
        unsafe {
            let mut block = [S::zero(); V];
            for v in 0..V {
                block[v] = self.load::<S>(values.add(self.first), v);
            }
            block
        }
    }

    /// Asks for what comes some pixels behind the block's channels at `p`, where a pixel has more channels than the
    /// block: processors do not see through the order then.
    #[inline(always)]
    pub(super) fn prefetch<const V: usize>(&self, p: *const f32) {
        if self.channels > V * LANES {
            for v in 0..V {
                prefetch(p.wrapping_add(v * LANES + (AHEAD * self.channels).max(AHEAD_MIN)));
            }
        }
    }

    /// Vector `v` of the block at `p`.
    #[inline(always)]
    pub(super) unsafe fn load<S: Simd>(&self, p: *const f32, v: usize) -> S::F {
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
    pub(super) unsafe fn store<S: Simd>(&self, p: *mut f32, v: usize, value: S::F) {
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
            let block = $crate::batch_norm::block::Block { first, channels };
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
pub(super) use each_block;

/// Whether all channels are one block of [`each_block`], so that going through pixels goes through memory.
#[inline(always)]
pub(super) fn is_one_block<S: Simd>(channels: usize) -> bool {
    channels <= if S::WIDE { 2 * LANES } else { LANES }
}

/// Pixels of a row that are taken together where a pixel has more channels than a block, so that what a channel is
/// normalised with is loaded once for several.
pub(super) const TOGETHER: usize = CHAINS;

/// How far ahead memory is asked for then: pixels, but at least so many values (some hundred nanoseconds' worth).
const AHEAD: usize = 2 * TOGETHER;
const AHEAD_MIN: usize = 1024;

/// As [`each_block`], for all pixels of a row, in any order: calls `$f::<S, .., V>(block, [from, to], ..)` with columns.
macro_rules! each_run {
    ($S:ident, $channels:expr, $columns:expr, $f:ident($($arg:expr),*)) => {{
        let (channels, columns): (usize, usize) = ($channels, $columns);
        let is_one_block = $crate::batch_norm::block::is_one_block::<$S>(channels);
        let together = if is_one_block { columns } else { $crate::batch_norm::block::TOGETHER };
        let mut from = 0;
        while from < columns {
            let to = columns.min(from + together);
            $crate::batch_norm::block::each_block!($S, channels, $f([from, to], $($arg),*));
            from = to;
        }
    }};
}
pub(super) use each_run;

/// The sum of a channel's four chains.
#[inline(always)]
pub(super) unsafe fn join<S: Simd>([a, b, c, d]: [S::F; CHAINS]) -> S::F {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe { S::add(S::add(a, c), S::add(b, d)) }
}
