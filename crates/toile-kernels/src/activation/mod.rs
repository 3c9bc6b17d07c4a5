//! ReLU and GELU.
//!
//! **Formula, order.** As [`reference`] says; element by element, so the reference itself is compiled for
//! each instruction set.
//!
//! **Layout.** Any border on either side. **Aliasing.** None.

pub mod reference;

use crate::layout::{Images, ImagesMut};
use crate::rows::each_row;
use crate::simd::versions;
use crate::team::Team;

/// Which activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// max(x, 0).
    ReLU,
    /// x times the normal distribution function of x, or its tanh approximation.
    GELU {
        /// The tanh approximation.
        tanh: bool,
    },
}

/// Writes the activated images.
pub fn forward(team: &mut Team, activation: Activation, images: usize, x: Images<'_>, y: ImagesMut<'_>) {
    each_row(team, images, [x], y, |isa, [x], y| {
        // SAFETY: slices.
        unsafe { forward_row(isa, activation, x, y) }
    });
}

/// Writes the gradient of the input (or adds to it) from the input `x` and the output `y`.
pub fn backward(
    team: &mut Team,
    activation: Activation,
    images: usize,
    [x, y, dy]: [Images<'_>; 3],
    accumulate: bool,
    dx: ImagesMut<'_>,
) {
    each_row(team, images, [x, y, dy], dx, |isa, [x, y, dy], dx| {
        // SAFETY: slices.
        unsafe { backward_row(isa, activation, [x, y, dy], accumulate, dx) }
    });
}

versions! {
    fn forward_row<S>(activation: Activation, x: &[f32], y: &mut [f32]) {
        reference::forward(activation, x, y);
    }
}

versions! {
    fn backward_row<S>(activation: Activation, inputs: [&[f32]; 3], accumulate: bool, dx: &mut [f32]) {
        reference::gradient(activation, inputs, accumulate, dx);
    }
}
