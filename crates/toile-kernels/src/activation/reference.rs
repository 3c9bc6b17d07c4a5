//! Activations value by value: the specification. What each is stands in its own file.

use super::function;
use super::table::{Activation, with_function};
use crate::real::Real;

/// Writes the activations of `x`.
pub fn forward<T: Real>(activation: Activation, x: &[T], y: &mut [T]) {
    with_function!(activation, |f| function::values(f, x, y));
}

/// Writes the gradient of the input `x` from that of the output, or adds to it by one addition with
/// `accumulate`.
pub fn input_gradient<T: Real>(activation: Activation, x: &[T], dy: &[T], accumulate: bool, dx: &mut [T]) {
    with_function!(activation, |f| function::gradients(f, x, dy, accumulate, dx));
}
