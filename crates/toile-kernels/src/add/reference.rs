//! Addition value by value: the specification. y = a + b; each gradient is dy, added to what is there by
//! one addition.

use crate::real::Real;

/// Writes a + b.
#[inline(always)]
pub fn forward<T: Real>(a: &[T], b: &[T], y: &mut [T]) {
    assert_eq!(a.len(), b.len(), "add: lengths of the summands");
    assert_eq!(a.len(), y.len(), "add: length of the sum");
    for ((&a, &b), y) in a.iter().zip(b).zip(y) {
        *y = a + b;
    }
}

/// Writes the gradient of one summand, or adds to it with `accumulate`.
#[inline(always)]
pub fn input_gradient<T: Real>(dy: &[T], accumulate: bool, dx: &mut [T]) {
    assert_eq!(dy.len(), dx.len(), "add: lengths of dy and dx");
    for (&dy, dx) in dy.iter().zip(dx) {
        *dx = if accumulate { *dx + dy } else { dy };
    }
}
