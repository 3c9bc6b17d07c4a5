//! The way back through pooling and activation: the gradient of the convolution's own output, framed with zeros.

use super::geometry::Conv2d;
use crate::LANES;
use crate::activation::OfRows;
use crate::simd::{Simd, versions};

/// Where the gradient of the convolution's own output is laid out for the two gradients that read it.
#[derive(Clone, Copy)]
pub(super) struct SpreadPlane {
    /// Pixel (0, 0).
    pub(super) values: *mut f32,
    /// From one row and column to the next.
    pub(super) row: usize,
    pub(super) column: usize,
}

/// One image's output as it was stored, after activation and pooling.
#[derive(Clone, Copy)]
pub(super) struct StoredPlane {
    pub(super) gradient: *const f32,
    pub(super) output: *const f32,
    /// What went into an activation that is not ReLU.
    pub(super) before: *const f32,
    pub(super) argmax: *const u8,
}

versions! {
    /// Takes the gradient back through pooling and ReLU; where another activation comes with pooling, it has been
    /// taken back through that.
    pub(super) fn spread_out<S>(conv: Conv2d, stored: StoredPlane, to: SpreadPlane) {
        if !conv.pool {
            return spread_rows::<S>(&conv, stored, to);
        }
        let channels = conv.output.channels;
        for row in 0..conv.output.height {
            for column in 0..conv.output.width {
                let from = row * conv.output.row_stride() + column * channels;
                let mut first = 0;
                while first < channels {
                    let lanes = (channels - first).min(LANES);
                    let gradient = S::load_first(stored.gradient.add(from + first), lanes);
                    let at = (row * conv.output.width + column) * channels + first;
                    let place = S::load_bytes_first(stored.argmax.add(at), lanes);
                    for q in 0..4 {
                        let pixel = (2 * row + q / 2) * to.row + (2 * column + q % 2) * to.column;
                        let value = S::select(S::eq(place, S::splat(q as f32)), gradient, S::zero());
                        S::store_first(to.values.add(pixel + first), lanes, value);
                    }
                    first += LANES;
                }
            }
        }
    }
}

/// Takes the gradient back through an activation that is not ReLU, without pooling.
///
/// # Safety
/// As for [`spread_out`].
pub(super) unsafe fn spread_back(rows: OfRows, conv: &Conv2d, stored: StoredPlane, to: SpreadPlane) {
    for row in 0..conv.output.height {
        let from = row * conv.output.row_stride();
        // SAFETY: a row of pixels side by side, of each of the three, for which the caller vouches.
        unsafe {
            let (before, dy) = (stored.before.add(from), stored.gradient.add(from));
            rows.backward(before, dy, to.values.add(row * to.row), conv.output.row_len());
        }
    }
}

/// Without pooling the pixels of a row lie side by side on either side, and a row is one line of values.
#[inline(always)]
unsafe fn spread_rows<S: Simd>(conv: &Conv2d, stored: StoredPlane, to: SpreadPlane) {
    debug_assert_eq!(to.column, conv.output.channels, "pixels side by side");
    let len = conv.output.row_len();
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        for row in 0..conv.output.height {
            let from = row * conv.output.row_stride();
            let mut first = 0;
            while first < len {
                let lanes = (len - first).min(LANES);
                let mut gradient = S::load_first(stored.gradient.add(from + first), lanes);
                if conv.relu() {
                    let output = S::load_first(stored.output.add(from + first), lanes);
                    gradient = S::select(S::le(output, S::zero()), S::zero(), gradient);
                }
                S::store_first(to.values.add(row * to.row + first), lanes, gradient);
                first += LANES;
            }
        }
    }
}
