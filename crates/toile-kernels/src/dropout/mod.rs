//! Dropout of single values and of whole channels.
//!
//! **Formula, randomness.** As [`reference`] says. The mask (0 or the scale for each value) is made once a
//! step, so that the backward pass, and a fused forward pass, only multiply.
//!
//! **Layout.** Masks are dense, `[image][row][column][channel]`. **Aliasing.** None.

mod mask;
pub mod reference;

use crate::element_wise::each_row;
use crate::layout::{Images, ImagesMut};
use crate::simd::versions;
use crate::team::Team;

pub use mask::{Mask, mask};

/// Writes x times the mask, +0 where it is 0; or adds that. Forward and backward are alike.
pub fn apply(team: &mut Team, images: usize, [x, mask]: [Images<'_>; 2], accumulate: bool, y: ImagesMut<'_>) {
    each_row(team, images, [x, mask], y, |isa, [x, mask], y| {
        // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
        unsafe { apply_row(isa, x, mask, accumulate, y) }
    });
}

/// Takes a gradient back through dropout (where there is a `mask`) and the ReLU in front of it (where
/// there is the `output` after both), in place.
pub fn backward_in_place(
    team: &mut Team,
    images: usize,
    output: Option<Images<'_>>,
    mask: Option<Images<'_>>,
    gradient: ImagesMut<'_>,
) {
    match (output, mask) {
        (None, None) => {}
        (Some(y), None) => each_row(team, images, [y], gradient, |isa, [y], d| {
            // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
            unsafe { cut_row(isa, y, d) }
        }),
        (None, Some(mask)) => each_row(team, images, [mask], gradient, |isa, [mask], d| {
            // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
            unsafe { mask_row(isa, mask, d) }
        }),
        (Some(y), Some(mask)) => each_row(team, images, [y, mask], gradient, |isa, [y, mask], d| {
            // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
            unsafe {
                mask_row(isa, mask, d);
                cut_row(isa, y, d);
            }
        }),
    }
}

versions! {
    fn apply_row<S>(x: &[f32], mask: &[f32], accumulate: bool, y: &mut [f32]) {
        for ((&x, &mask), y) in x.iter().zip(mask).zip(y) {
            let term = if mask == 0.0 { 0.0 } else { x * mask };
            *y = if accumulate { *y + term } else { term };
        }
    }
}

versions! {
    fn mask_row<S>(mask: &[f32], d: &mut [f32]) {
        for (&mask, d) in mask.iter().zip(d) {
            *d = if mask == 0.0 { 0.0 } else { *d * mask };
        }
    }
}

versions! {
    fn cut_row<S>(y: &[f32], d: &mut [f32]) {
        for (&y, d) in y.iter().zip(d) {
            *d = if y <= 0.0 { 0.0 } else { *d };
        }
    }
}
