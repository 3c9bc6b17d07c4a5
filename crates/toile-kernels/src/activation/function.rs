//! What an activation is: a function of one value, with its gradient.

use crate::real::Real;

/// An activation as its own file defines it, in any precision.
pub(crate) trait Function: Copy {
    /// Of `x`.
    fn value<T: Real>(self, x: T) -> T;

    /// The gradient of `x` from that of the value, `dy`.
    fn gradient<T: Real>(self, x: T, dy: T) -> T;
}

/// Writes the values of all of `x`.
#[inline(always)]
pub(super) fn values<T: Real>(f: impl Function, x: &[T], y: &mut [T]) {
    assert_eq!(x.len(), y.len(), "activation: lengths");
    for (&x, y) in x.iter().zip(y) {
        *y = f.value(x);
    }
}

/// [`values`], written over what they are made from.
#[inline(always)]
pub(super) fn values_in_place<T: Real>(f: impl Function, y: &mut [T]) {
    for y in y {
        *y = f.value(*y);
    }
}

/// Writes the gradients of all of `x`, or adds them to what is there by one addition.
#[inline(always)]
pub(super) fn gradients<T: Real>(f: impl Function, x: &[T], dy: &[T], accumulate: bool, dx: &mut [T]) {
    assert_eq!(x.len(), dy.len(), "activation: lengths of x and dy");
    assert_eq!(x.len(), dx.len(), "activation: lengths of x and dx");
    for ((&x, &dy), dx) in x.iter().zip(dy).zip(dx) {
        let term = f.gradient(x, dy);
        *dx = if accumulate { *dx + term } else { term };
    }
}

/// [`gradients`], written over those of the values.
#[inline(always)]
pub(super) fn gradients_in_place<T: Real>(f: impl Function, x: &[T], d: &mut [T]) {
    assert_eq!(x.len(), d.len(), "activation: lengths of x and its gradient");
    for (&x, d) in x.iter().zip(d) {
        *d = f.gradient(x, *d);
    }
}
