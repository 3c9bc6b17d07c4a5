//! Elementwise activations.
//!
//! **Formula, order.** Each activation is one [`Function`](function::Function) in a file of its own, a value and a
//! gradient from what went in. [`reference`] applies it value by value in any precision; the kernels here and the fused
//! ones are the same functions compiled for each instruction set. To add an activation: its file, its
//! lines in `table.rs`.
//!
//! **Layout.** Any border on either side. **Aliasing.** None.
//!
//! **Fused.** Convolutions, linear layers and normalisations take an `Option<Activation>`. They apply ReLU in
//! their registers, and take its gradient from the sign of what came out. Any other activation is applied to
//! rows of values as soon as they are finished, while they are in the cache ([`OfRows`]), in front of max-pooling too;
//! for the way back what went into it is kept, where max-pooling comes with it that of the values that won. Either way
//! the bits are those of the operation followed by the activation.

pub(crate) mod function;
mod gelu;
mod hardswish;
mod leaky_relu;
pub mod reference;
mod relu;
mod scale;
mod silu;
mod table;

use crate::element_wise::each_row;
use crate::isa::Isa;
use crate::layout::{Images, ImagesMut};
use crate::simd::versions;
use crate::team::Team;
pub use table::Activation;
use table::with_function;

/// Writes the activated images.
pub fn forward(team: &mut Team, activation: Activation, images: usize, x: Images<'_>, y: ImagesMut<'_>) {
    each_row(team, images, [x], y, |isa, [x], y| {
        // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
        unsafe { forward_row(isa, activation, x, y) }
    });
}

/// Writes the gradient of the input `x` from that of the output (or adds to what is there).
pub fn backward(
    team: &mut Team,
    activation: Activation,
    images: usize,
    [x, dy]: [Images<'_>; 2],
    accumulate: bool,
    dx: ImagesMut<'_>,
) {
    each_row(team, images, [x, dy], dx, |isa, [x, dy], dx| {
        // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
        unsafe { backward_row(isa, activation, x, dy, accumulate, dx) }
    });
}

versions! {
    fn forward_row<S>(activation: Activation, x: &[f32], y: &mut [f32]) {
        with_function!(activation, |f| function::write::<S, _>(f, Some(x), y));
    }
}

versions! {
    fn forward_in_place<S>(activation: Activation, y: &mut [f32]) {
        with_function!(activation, |f| function::write::<S, _>(f, None, y));
    }
}

versions! {
    fn backward_row<S>(activation: Activation, x: &[f32], dy: &[f32], accumulate: bool, dx: &mut [f32]) {
        with_function!(activation, |f| function::write_gradients::<S, _>(f, x, Some(dy), accumulate, dx));
    }
}

versions! {
    fn backward_in_place<S>(activation: Activation, x: &[f32], d: &mut [f32]) {
        with_function!(activation, |f| function::write_gradients::<S, _>(f, x, None, false, d));
    }
}

/// Whether a fused kernel applies ReLU, which it does in its registers.
pub(crate) fn is_relu(activation: Option<Activation>) -> bool {
    activation == Some(Activation::ReLU)
}

/// An activation other than ReLU: fused kernels apply it to the rows they have finished.
#[derive(Clone, Copy)]
pub(crate) struct OfRows {
    isa: Isa,
    activation: Activation,
}

impl OfRows {
    /// None where there is no activation, or where it is ReLU.
    pub(crate) fn new(isa: Isa, activation: Option<Activation>) -> Option<OfRows> {
        activation.filter(|activation| activation.keeps_input()).map(|activation| OfRows { isa, activation })
    }

    /// Writes the activations of `len` values at `before` to `y`, which may be the same place.
    ///
    /// # Safety
    /// Both are valid for `len` values that nobody else writes; they are the same place or do not overlap.
    pub(crate) unsafe fn forward(self, before: *const f32, y: *mut f32, len: usize) {
        let OfRows { isa, activation } = self;
        // SAFETY: the caller vouches for the memory, and whoever made this for the instruction set, which
        // an `Isa` proves.
        unsafe {
            let to = std::slice::from_raw_parts_mut(y, len);
            if std::ptr::eq(before, y) {
                forward_in_place(isa, activation, to);
            } else {
                forward_row(isa, activation, std::slice::from_raw_parts(before, len), to);
            }
        }
    }

    /// Writes the gradients of `len` values at `before` from those at `dy` to `dx`.
    ///
    /// # Safety
    /// All are valid for `len` values that nobody else writes, and `dx` overlaps neither of the others.
    pub(crate) unsafe fn backward(self, before: *const f32, dy: *const f32, dx: *mut f32, len: usize) {
        let OfRows { isa, activation } = self;
        // SAFETY: the caller vouches for the memory, an `Isa` for its instructions.
        unsafe {
            let [before, dy] = [before, dy].map(|from| std::slice::from_raw_parts(from, len));
            backward_row(isa, activation, before, dy, false, std::slice::from_raw_parts_mut(dx, len));
        }
    }

    /// Takes `len` gradients at `d` back through the activation of the values at `before`.
    ///
    /// # Safety
    /// Both are valid for `len` values that nobody else writes, and do not overlap.
    pub(crate) unsafe fn backward_in_place(self, before: *const f32, d: *mut f32, len: usize) {
        let OfRows { isa, activation } = self;
        // SAFETY: the caller vouches for the memory, an `Isa` for its instructions.
        unsafe {
            let before = std::slice::from_raw_parts(before, len);
            backward_in_place(isa, activation, before, std::slice::from_raw_parts_mut(d, len));
        }
    }
}
