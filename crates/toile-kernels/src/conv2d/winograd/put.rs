//! How what has been transformed is put into its place: as it is, or in pairs of bf16.

use std::marker::PhantomData;

use crate::simd::{Pairs, Simd};

/// Puts sixteen channels of a component to memory.
///
/// # Safety
/// As for [`Simd`], with room for what is written.
pub(super) trait Put<S: Simd> {
    unsafe fn put(to: *mut f32, values: S::F);
}

/// As they are. Where the second of a pair is to come, the first one waits like this.
pub(super) struct Plain;

impl<S: Simd> Put<S> for Plain {
    #[inline(always)]
    unsafe fn put(to: *mut f32, values: S::F) {
        // SAFETY: the caller promises what stands under Safety.
        unsafe { S::store(to, values) }
    }
}

/// Neighbours as pairs, in half as many places.
pub(super) struct Neighbours<P>(PhantomData<P>);

impl<S: Simd, P: Pairs<S>> Put<S> for Neighbours<P> {
    #[inline(always)]
    unsafe fn put(to: *mut f32, values: S::F) {
        // SAFETY: the caller promises what stands under Safety.
        unsafe { P::store_neighbours(to, values) }
    }
}

/// As second ones of pairs, whose first ones are there.
pub(super) struct Second<P>(PhantomData<P>);

impl<S: Simd, P: Pairs<S>> Put<S> for Second<P> {
    #[inline(always)]
    unsafe fn put(to: *mut f32, values: S::F) {
        // SAFETY: the caller promises what stands under Safety; sixteen first ones are there.
        unsafe { S::store(to, P::pair(S::load(to), values)) }
    }
}
