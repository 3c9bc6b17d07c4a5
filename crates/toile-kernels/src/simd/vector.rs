//! Vectors of as many lanes as there are values: sums of products that do not need all sixteen lanes.

/// Sixteen lanes, or the first few of them. A lane computes the same whatever other lanes there are.
///
/// # Safety
/// As for [`Simd`](super::Simd).
pub(crate) trait Vector: Copy {
    /// The values.
    type F: Copy;
    /// How many.
    const LANES: usize;
    /// Sums that fit the registers, with what is multiplied.
    const SUMS: usize;

    unsafe fn splat(x: f32) -> Self::F;
    /// +0.
    #[inline(always)]
    unsafe fn zero() -> Self::F {
        // SAFETY: the caller promises what stands under Safety.
        unsafe { Self::splat(0.0) }
    }
    unsafe fn load(p: *const f32) -> Self::F;
    /// The first `n` lanes (0 to all) from memory, the others 0.
    unsafe fn load_first(p: *const f32, n: usize) -> Self::F;
    /// Only the first `n` lanes (0 to all) to memory.
    unsafe fn store_first(p: *mut f32, n: usize, v: Self::F);
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F;
    /// a * b + c, rounded once.
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// As [`Simd::relu`](super::Simd::relu).
    unsafe fn relu(x: Self::F) -> Self::F;
}

/// The lanes of one vector, then those of another.
#[derive(Clone, Copy)]
pub(crate) struct Pair<A, B>(A, B);

impl<A: Vector, B: Vector> Vector for Pair<A, B> {
    type F = (A::F, B::F);
    const LANES: usize = A::LANES + B::LANES;
    const SUMS: usize = if A::SUMS < B::SUMS { A::SUMS / 2 } else { B::SUMS / 2 };

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::F {
        // SAFETY: the caller promises what stands under Safety, for both halves.
        unsafe { (A::splat(x), B::splat(x)) }
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Self::F {
        // SAFETY: the caller promises what stands under Safety, for both halves.
        unsafe { (A::load(p), B::load(p.add(A::LANES))) }
    }
    #[inline(always)]
    unsafe fn load_first(p: *const f32, n: usize) -> Self::F {
        let [low, high] = [n.min(A::LANES), n.saturating_sub(A::LANES)];
        // SAFETY: the caller promises what stands under Safety, for both halves.
        unsafe { (A::load_first(p, low), B::load_first(p.wrapping_add(A::LANES), high)) }
    }
    #[inline(always)]
    unsafe fn store_first(p: *mut f32, n: usize, v: Self::F) {
        let [low, high] = [n.min(A::LANES), n.saturating_sub(A::LANES)];
        // SAFETY: the caller promises what stands under Safety, for both halves.
        unsafe {
            A::store_first(p, low, v.0);
            B::store_first(p.wrapping_add(A::LANES), high, v.1);
        }
    }
    #[inline(always)]
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: the caller promises what stands under Safety, for both halves.
        unsafe { (A::add(a.0, b.0), B::add(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: the caller promises what stands under Safety, for both halves.
        unsafe { (A::div(a.0, b.0), B::div(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        // SAFETY: the caller promises what stands under Safety, for both halves.
        unsafe { (A::fma(a.0, b.0, c.0), B::fma(a.1, b.1, c.1)) }
    }
    #[inline(always)]
    unsafe fn relu(x: Self::F) -> Self::F {
        // SAFETY: the caller promises what stands under Safety, for both halves.
        unsafe { (A::relu(x.0), B::relu(x.1)) }
    }
}
