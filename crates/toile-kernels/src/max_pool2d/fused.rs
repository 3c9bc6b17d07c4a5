//! 2x2 max-pooling (stride 2, odd last rows and columns left out) inside the kernels of other operations.
//!
//! ReLU keeps the order of values, so kernels apply it in their registers to the largest of a window. Other
//! activations need not keep it: each of the four values is activated before the largest is chosen. Then the
//! operation writes a band of rows that stays in the cache, where it is activated and pooled. For the way back
//! what went into the activation is kept of the values that won, which alone have a gradient.

use crate::LANES;
use crate::activation::OfRows;
use crate::isa::Isa;
use crate::layout::{Layout, product};
use crate::simd::{Simd, versions};

/// Values of a band, unless two rows have more. Twice as many, before and after the activation, leave room in the
/// second-level cache.
const BAND: usize = 1 << 13;

/// The largest of four and which it was; NaN wins.
#[inline(always)]
pub(crate) unsafe fn pool_window<S: Simd>(window: [S::F; 4], relu: bool) -> (S::F, S::F) {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe {
        let (mut best, mut place) = (window[0], S::zero());
        for (i, &value) in window.iter().enumerate().skip(1) {
            let wins = S::or(S::gt(value, best), S::is_nan(value));
            best = S::select(wins, value, best);
            place = S::select(wins, S::splat(i as f32), place);
        }
        if relu {
            place = S::select(S::le(best, S::zero()), S::splat(4.0), place);
            best = S::relu(best);
        }
        (best, place)
    }
}

/// Rows of this pooled layout that are made at a time.
fn rows_of_band(pooled: Layout) -> usize {
    // Images of a single row or column are pooled to nothing.
    (BAND / product([4, pooled.row_len()]).max(1)).clamp(1, pooled.height.max(1))
}

/// Values of the room that [`activate_and_pool`] wants for images pooled to this layout.
pub(crate) fn band_len(pooled: Layout) -> usize {
    product([2, rows_of_band(pooled), 4, pooled.row_len()])
}

/// Where an image's pooled values go, or those of a part of its rows and channels.
#[derive(Clone, Copy)]
pub(crate) struct PooledPlane {
    /// Of the whole batch.
    pub(crate) layout: Layout,
    /// The first value of the part.
    pub(crate) values: *mut f32,
    /// What went into the activation of those that won, laid out as the values; null where nobody wants it.
    pub(crate) before: *mut f32,
    /// Which pixel of its window won, 0 to 3 row by row: `[row][column][channel]` without a border.
    pub(crate) winners: *mut u8,
    /// How many of each there are in the part.
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) channels: usize,
}

impl PooledPlane {
    /// `rows` rows of it from `first` on.
    fn band(self, first: usize, rows: usize) -> PooledPlane {
        let at = first * self.layout.row_stride();
        PooledPlane {
            values: self.values.wrapping_add(at),
            before: if self.before.is_null() { self.before } else { self.before.wrapping_add(at) },
            winners: self.winners.wrapping_add(first * self.layout.row_len()),
            rows,
            ..self
        }
    }
}

/// Activates and pools what `write` makes: called with a first pooled row, a number of them and a place, it writes
/// there the two rows above each, `[row][column][channel]`, of as many columns as are pooled.
///
/// # Safety
/// The plane is valid for writing, and nobody else uses it or `room`, which has [`band_len`] values.
pub(crate) unsafe fn activate_and_pool(
    isa: Isa,
    activation: OfRows,
    plane: PooledPlane,
    room: *mut f32,
    write: impl Fn(usize, usize, *mut f32),
) {
    let step = rows_of_band(plane.layout);
    let row_len = 4 * plane.columns * plane.channels;
    for first in (0..plane.rows).step_by(step) {
        let rows = step.min(plane.rows - first);
        let len = rows * row_len;
        // SAFETY: a band is at most half of the room; the rest is the caller's promise.
        unsafe {
            let activated = room.add(len);
            write(first, rows, room);
            activation.forward(room, activated, len);
            pool_band(isa, room, activated, plane.band(first, rows));
        }
    }
}

versions! {
    /// Pools `activated`, and keeps what is at the winner's place in `before`.
    fn pool_band<S>(before: *const f32, activated: *const f32, to: PooledPlane) {
        let PooledPlane { channels, columns, .. } = to;
        let below = 2 * columns * channels;
        for row in 0..to.rows {
            for column in 0..columns {
                let window = 2 * row * below + 2 * column * channels;
                let window = [window, window + channels, window + below, window + below + channels];
                let at = row * to.layout.row_stride() + column * to.layout.channels;
                let winners = to.winners.add((row * columns + column) * to.layout.channels);
                let mut first = 0;
                while first < channels {
                    let lanes = (channels - first).min(LANES);
                    let mut four = [S::zero(); 4];
                    for q in 0..4 {
                        four[q] = S::load_first(activated.add(window[q] + first), lanes);
                    }
                    let (best, place) = pool_window::<S>(four, false);
                    S::store_first(to.values.add(at + first), lanes, best);
                    S::store_bytes_first(winners.add(first), lanes, place);
                    if !to.before.is_null() {
                        let mut kept = S::load_first(before.add(window[0] + first), lanes);
                        for q in 1..4 {
                            let value = S::load_first(before.add(window[q] + first), lanes);
                            kept = S::select(S::eq(place, S::splat(q as f32)), value, kept);
                        }
                        S::store_first(to.before.add(at + first), lanes, kept);
                    }
                    first += LANES;
                }
            }
        }
    }
}
