//! Scaling and bounding value by value: the specification.

use crate::real::Real;

/// Multiplies the values by a factor: v = v factor + 0, the product rounded. The +0 is that from which an
/// [update](crate::optimizer::update) sums its groups: no -0 comes through it.
#[inline(always)]
pub fn scale<T: Real>(factor: T, values: &mut [T]) {
    for v in values {
        *v = *v * factor + T::ZERO;
    }
}

/// Replaces each value by the nearest from -most to most; NaN stays.
#[inline(always)]
pub fn bound<T: Real>(most: T, values: &mut [T]) {
    for v in values {
        *v = if *v > most {
            most
        } else if *v < -most {
            -most
        } else {
            *v
        };
    }
}
