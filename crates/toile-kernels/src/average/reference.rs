//! A moving average value by value: the specification.

use crate::real::Real;

/// Moves the average by a share of the way to the values: a = fma(share, v - a, a), and a = v where the share is 1,
/// so that the first values are taken over as they are.
#[inline(always)]
pub fn toward<T: Real>(share: T, average: &mut [T], values: &[T]) {
    assert_eq!(average.len(), values.len(), "average: lengths");
    if share == T::ONE {
        average.copy_from_slice(values);
        return;
    }
    for (a, &v) in average.iter_mut().zip(values) {
        *a = share.mul_add(v - *a, *a);
    }
}
