//! What a sum of products takes at a time.

use std::marker::PhantomData;

use super::{Pairs, Simd, Vector};

/// One product of f32, or two of bf16.
///
/// # Safety
/// As for [`Vector`].
pub(crate) trait Step<V: Vector> {
    /// Products at a time.
    const PRODUCTS: usize;

    /// `sum` with the products of a and b, lane by lane.
    unsafe fn add(a: V::F, b: V::F, sum: V::F) -> V::F;
}

/// One product of f32.
pub(crate) struct One;

impl<V: Vector> Step<V> for One {
    const PRODUCTS: usize = 1;

    #[inline(always)]
    unsafe fn add(a: V::F, b: V::F, sum: V::F) -> V::F {
        // SAFETY: the caller promises what stands under Safety.
        unsafe { V::fma(a, b, sum) }
    }
}

/// Two products of bf16.
pub(crate) struct Two<P>(PhantomData<P>);

impl<S: Simd, P: Pairs<S>> Step<S> for Two<P> {
    const PRODUCTS: usize = 2;

    #[inline(always)]
    unsafe fn add(a: <S as Simd>::F, b: <S as Simd>::F, sum: <S as Simd>::F) -> <S as Simd>::F {
        // SAFETY: the caller promises what stands under Safety.
        unsafe { P::add_products(a, b, sum) }
    }
}
