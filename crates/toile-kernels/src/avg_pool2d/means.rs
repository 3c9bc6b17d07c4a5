//! The means of an image's windows.

use super::plane::{Plane, Window};
use crate::LANES;
use crate::layout::Layout;
use crate::simd::{Vector, versions};

versions! {
    /// Writes the mean of each window.
    pub(super) fn pool<S>(plane: Plane, x: *const f32, y: *mut f32) {
        for window in plane.windows() {
            let y = y.add(window.mean);
            for first in (0..plane.large.channels).step_by(LANES) {
                let lanes = (plane.large.channels - first).min(LANES);
                let (layout, x, y) = (plane.large, x.add(first), y.add(first));
                match lanes {
                    ..=4 if S::PARTS => mean::<S::First4>(layout, &window, x, y, lanes),
                    ..=8 if S::PARTS => mean::<S::First8>(layout, &window, x, y, lanes),
                    _ => mean::<S>(layout, &window, x, y, lanes),
                }
            }
        }
    }
}

/// The mean of `lanes` channels over a window.
#[inline(always)]
unsafe fn mean<V: Vector>(layout: Layout, window: &Window, x: *const f32, y: *mut f32, lanes: usize) {
    // SAFETY: the caller promises a window inside the image and `lanes` channels of a pixel.
    unsafe {
        let mut sum = V::zero();
        for row in window.rows.clone() {
            for column in window.columns.clone() {
                let at = row * layout.row_stride() + column * layout.channels;
                sum = V::add(sum, V::load_first(x.add(at), lanes));
            }
        }
        V::store_first(y, lanes, V::div(sum, V::splat(window.values as f32)));
    }
}
