//! The sum at the end of a residual block.
//!
//! **Formula, order.** As [`reference`] says; element by element, so the reference itself is compiled for
//! each instruction set.
//!
//! **Layout.** Any border on either side. **Aliasing.** None.

pub mod reference;

use crate::element_wise::each_row;
use crate::layout::{Images, ImagesMut};
use crate::simd::versions;
use crate::team::Team;

/// Writes a + b.
pub fn forward(team: &mut Team, images: usize, summands: [Images<'_>; 2], y: ImagesMut<'_>) {
    each_row(team, images, summands, y, |isa, [a, b], y| {
        // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
        unsafe { forward_row(isa, a, b, y) }
    });
}

/// Writes the gradient of one summand, or adds to it.
pub fn backward(team: &mut Team, images: usize, dy: Images<'_>, accumulate: bool, dx: ImagesMut<'_>) {
    each_row(team, images, [dy], dx, |isa, [dy], dx| {
        // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
        unsafe { backward_row(isa, dy, accumulate, dx) }
    });
}

versions! {
    fn forward_row<S>(a: &[f32], b: &[f32], y: &mut [f32]) {
        reference::forward(a, b, y);
    }
}

versions! {
    fn backward_row<S>(dy: &[f32], accumulate: bool, dx: &mut [f32]) {
        reference::input_gradient(dy, accumulate, dx);
    }
}
