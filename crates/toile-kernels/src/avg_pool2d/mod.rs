//! Average-pooling, sliding and adaptive.
//!
//! **Formula, order.** As [`reference`] says.
//!
//! **Layout.** Any border on either side (the border is never looked at). **Aliasing.** None.

mod means;
mod plane;
pub mod reference;
mod shares;
mod table;

use crate::layout::{Images, ImagesMut};
use crate::team::{Shares, Team};
use means::pool;
use plane::plane;
use reference::AvgPoolGeometry;
pub use table::{kernel_of, kernels};

/// Writes the pooled images.
pub fn forward(team: &mut Team, geometry: AvgPoolGeometry, images: usize, x: Images<'_>, y: ImagesMut<'_>) {
    x.check(images, "the input");
    y.check(images, "the output");
    let plane = plane(geometry, x.layout, y.layout);
    let isa = team.isa();
    let (from, to) = (Shares(x.values.as_ptr().cast_mut()), Shares(y.values.as_mut_ptr()));
    team.for_each(images, |_, image| {
        // SAFETY: this function has checked the lengths above; an item writes its own image.
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
    let (isa, kernel) = (team.isa(), table::chosen(geometry, accumulate));
    let (from, to) = (Shares(dy.values.as_ptr().cast_mut()), Shares(dx.values.as_mut_ptr()));
    team.for_each(images, |_, image| {
        // SAFETY: this function has checked the lengths above; an item writes its own image.
        unsafe {
            let dy = from.at(image * plane.small.image_stride() + plane.small.origin());
            let dx = to.at(image * plane.large.image_stride() + plane.large.origin());
            kernel(isa, plane, dy.cast_const(), dx);
        }
    });
}
