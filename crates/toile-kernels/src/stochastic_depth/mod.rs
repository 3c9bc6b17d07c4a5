//! The sum with a branch that is left out of some images.
//!
//! **Formula, randomness.** As [`reference`] says. **Layout.** Any border on either side. **Aliasing.** None.

pub mod reference;

use crate::element_wise::each_row_of_image;
use crate::layout::{Images, ImagesMut};
use crate::simd::versions;
use crate::team::Team;

/// Writes skip + x times the image's factor.
pub fn forward(team: &mut Team, factors: &[f32], [x, skip]: [Images<'_>; 2], y: ImagesMut<'_>) {
    each_row_of_image(team, factors.len(), [x, skip], y, |isa, image, [x, skip], y| {
        // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
        unsafe { forward_row(isa, factors[image], x, skip, y) }
    });
}

/// Writes the gradient of x, or adds to it.
pub fn backward(team: &mut Team, factors: &[f32], dy: Images<'_>, accumulate: bool, dx: ImagesMut<'_>) {
    each_row_of_image(team, factors.len(), [dy], dx, |isa, image, [dy], dx| {
        // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
        unsafe { backward_row(isa, factors[image], dy, accumulate, dx) }
    });
}

versions! {
    fn forward_row<S>(factor: f32, x: &[f32], skip: &[f32], y: &mut [f32]) {
        reference::forward(factor, x, skip, y);
    }
}

versions! {
    fn backward_row<S>(factor: f32, dy: &[f32], accumulate: bool, dx: &mut [f32]) {
        reference::input_gradient(factor, dy, accumulate, dx);
    }
}
