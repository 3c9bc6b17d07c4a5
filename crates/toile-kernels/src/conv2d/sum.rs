//! Sums of products as the references take them, in either precision.

use crate::precision::Precision;
use crate::real::Real;

/// `sum` with the products of pairs of factors, in order; of bf16 two at a time, the second one's first. One without a
/// second has zeros beside it.
#[inline(always)]
pub(super) fn add_all<T: Real>(precision: Precision, sum: T, mut factors: impl Iterator<Item = [T; 2]>) -> T {
    match precision {
        Precision::F32 => factors.fold(sum, |sum, [a, b]| a.mul_add(b, sum)),
        Precision::Bf16 => {
            let mut sum = sum;
            while let Some(first) = factors.next() {
                let second = factors.next().unwrap_or([T::ZERO; 2]);
                sum = sum.add_products(first.map(T::to_bf16), second.map(T::to_bf16));
            }
            sum
        }
    }
}
