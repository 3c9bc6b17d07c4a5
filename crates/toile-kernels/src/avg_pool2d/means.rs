//! The means of an image's windows.

use std::ops::Range;

use super::plane::Plane;
use crate::LANES;
use crate::layout::Layout;
use crate::simd::{Vector, versions};

versions! {
    /// Writes the mean of each window.
    pub(super) fn pool<S>(plane: Plane, x: *const f32, y: *mut f32) {
        let Plane { geometry, large, small } = plane;
        let channels = large.channels;
        for oh in 0..small.height {
            let (rows, height) = geometry.span(0, oh);
            for ow in 0..small.width {
                let (columns, width) = geometry.span(1, ow);
                let window = Window { rows: rows.clone(), columns, values: height * width };
                let y = y.add(oh * small.row_stride() + ow * channels);
                for first in (0..channels).step_by(LANES) {
                    let (x, y, lanes) = (x.add(first), y.add(first), (channels - first).min(LANES));
                    match lanes {
                        ..=4 if S::PARTS => mean::<S::First4>(large, &window, x, y, lanes),
                        ..=8 if S::PARTS => mean::<S::First8>(large, &window, x, y, lanes),
                        _ => mean::<S>(large, &window, x, y, lanes),
                    }
                }
            }
        }
    }
}

/// A window of the input, and how many values its mean is of.
struct Window {
    rows: Range<usize>,
    columns: Range<usize>,
    values: usize,
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
