//! Average-pooling, sliding and adaptive.
//!
//! **Formula, order.** As [`reference`] says.
//!
//! **Layout.** Any border on either side (the border is never looked at). **Aliasing.** None.

pub mod reference;

use std::ops::Range;

use crate::LANES;
use crate::layout::{Images, ImagesMut, Layout};
use crate::simd::{Vector, versions};
use crate::team::{Shares, Team};
use reference::AvgPoolGeometry;

/// Where one image's values are, of the input's and of the output's shape.
#[derive(Clone, Copy)]
struct Plane {
    geometry: AvgPoolGeometry,
    large: Layout,
    small: Layout,
}

fn plane(geometry: AvgPoolGeometry, large: Layout, small: Layout) -> Plane {
    assert_eq!([large.height, large.width], geometry.input(), "input of {geometry:?}");
    assert_eq!([small.height, small.width], geometry.output(), "output of {geometry:?}");
    assert_eq!(large.channels, small.channels, "channels");
    if let AvgPoolGeometry::Sliding { window, .. } = geometry {
        assert!(window.meets_input(), "a window beside the image in {window:?}");
    }
    Plane { geometry, large, small }
}

/// Writes the pooled images.
pub fn forward(team: &mut Team, geometry: AvgPoolGeometry, images: usize, x: Images<'_>, y: ImagesMut<'_>) {
    x.check(images, "the input");
    y.check(images, "the output");
    let plane = plane(geometry, x.layout, y.layout);
    let isa = team.isa();
    let (from, to) = (Shares(x.values.as_ptr().cast_mut()), Shares(y.values.as_mut_ptr()));
    team.for_each(images, |_, image| {
        // SAFETY: lengths are checked above; an item writes its own image.
        unsafe {
            let x = from.at(image * plane.large.image_stride() + plane.large.origin());
            let y = to.at(image * plane.small.image_stride() + plane.small.origin());
            pool(isa, plane, x.cast_const(), y);
        }
    });
}

/// Writes the gradient of the input, or adds to it.
pub fn backward(
    team: &mut Team,
    geometry: AvgPoolGeometry,
    images: usize,
    dy: Images<'_>,
    accumulate: bool,
    dx: ImagesMut<'_>,
) {
    dy.check(images, "the output gradient");
    dx.check(images, "the input gradient");
    let plane = plane(geometry, dx.layout, dy.layout);
    let isa = team.isa();
    let (from, to) = (Shares(dy.values.as_ptr().cast_mut()), Shares(dx.values.as_mut_ptr()));
    team.for_each(images, |_, image| {
        // SAFETY: lengths are checked above; an item writes its own image.
        unsafe {
            let dy = from.at(image * plane.small.image_stride() + plane.small.origin());
            let dx = to.at(image * plane.large.image_stride() + plane.large.origin());
            if !accumulate && matches!(geometry, AvgPoolGeometry::Adaptive { output: [1, 1], .. }) {
                return unpool_one(isa, plane, dy.cast_const(), dx);
            }
            if !accumulate {
                for row in 0..plane.large.height {
                    dx.add(row * plane.large.row_stride()).write_bytes(0, plane.large.row_len());
                }
            }
            unpool(isa, plane, dy.cast_const(), dx);
        }
    });
}

versions! {
    fn pool<S>(plane: Plane, x: *const f32, y: *mut f32) {
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

versions! {
    fn unpool<S>(plane: Plane, dy: *const f32, dx: *mut f32) {
        let Plane { geometry, large, small } = plane;
        let channels = large.channels;
        for oh in 0..small.height {
            let (rows, height) = geometry.span(0, oh);
            for ow in 0..small.width {
                let (columns, width) = geometry.span(1, ow);
                let divisor = S::splat((height * width) as f32);
                let mut first = 0;
                while first < channels {
                    let lanes = (channels - first).min(LANES);
                    let at = oh * small.row_stride() + ow * channels + first;
                    let share = S::div(S::load_first(dy.add(at), lanes), divisor);
                    for ih in rows.clone() {
                        for iw in columns.clone() {
                            let to = dx.add(ih * large.row_stride() + iw * channels + first);
                            S::store_first(to, lanes, S::add(S::load_first(to, lanes), share));
                        }
                    }
                    first += LANES;
                }
            }
        }
    }
}

versions! {
    /// What [`unpool`] adds to zeros where the mean is over the whole image: the same for each pixel.
    fn unpool_one<S>(plane: Plane, dy: *const f32, dx: *mut f32) {
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
