//! The input's gradient of an image: of each window the same share for all of its pixels.

use super::plane::Plane;
use crate::LANES;
use crate::isa::Isa;
use crate::layout::Layout;
use crate::simd::versions;

/// What [`add_shares`] adds, to zeros.
///
/// # Safety
/// As for [`add_shares`].
pub(super) unsafe fn write_shares(isa: Isa, plane: Plane, dy: *const f32, dx: *mut f32) {
    // SAFETY: the caller vouches for an image of the plane's layouts at either pointer.
    unsafe {
        for row in 0..plane.large.height {
            dx.add(row * plane.large.row_stride()).write_bytes(0, plane.large.row_len());
        }
        add_shares(isa, plane, dy, dx);
    }
}

versions! {
    /// Adds to each pixel its share of every window that it is in.
    pub(super) fn add_shares<S>(plane: Plane, dy: *const f32, dx: *mut f32) {
        let (layout, channels) = (plane.large, plane.large.channels);
        for window in plane.windows() {
            let divisor = S::splat(window.values as f32);
            for first in (0..channels).step_by(LANES) {
                let lanes = (channels - first).min(LANES);
                let share = S::div(S::load_first(dy.add(window.mean + first), lanes), divisor);
                for ih in window.rows.clone() {
                    for iw in window.columns.clone() {
                        let to = dx.add(ih * layout.row_stride() + iw * channels + first);
                        S::store_first(to, lanes, S::add(S::load_first(to, lanes), share));
                    }
                }
            }
        }
    }
}

versions! {
    /// What [`add_shares`] adds to zeros where the mean is over the whole image: the same for each pixel.
    pub(super) fn write_the_share<S>(plane: Plane, dy: *const f32, dx: *mut f32) {
        let Plane { large: Layout { channels, height, width, .. }, .. } = plane;
        let divisor = S::splat((height * width) as f32);
        let mut first = 0;
        while first < channels {
            let lanes = (channels - first).min(LANES);
            let share = S::add(S::zero(), S::div(S::load_first(dy.add(first), lanes), divisor));
            for column in 0..width {
                S::store_first(dx.add(column * channels + first), lanes, share);
            }
            first += LANES;
        }
        for row in 1..height {
            dx.copy_to_nonoverlapping(dx.add(row * plane.large.row_stride()), plane.large.row_len());
        }
    }
}
