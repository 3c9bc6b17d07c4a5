//! Vectors of as many lanes as there are values: sums of products that do not need all sixteen lanes.

use super::{LANES, Simd};

/// Sixteen lanes, or the first few of them. A lane computes the same whatever other lanes there are.
///
/// # Safety
/// As for [`Simd`].
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
        // SAFETY: the caller's promise.
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
    /// As [`Simd::relu`].
    unsafe fn relu(x: Self::F) -> Self::F;
}

/// Forwards each function to those of the same name.
macro_rules! forward {
    ($($name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)?;)*) => {
        $(#[inline(always)]
        unsafe fn $name($($arg: $ty),*) $(-> $ret)? {
            // SAFETY: the caller's promise.
            unsafe { S::$name($($arg),*) }
        })*
    };
}

impl<S: Simd> Vector for S {
    type F = <S as Simd>::F;
    const LANES: usize = LANES;
    const SUMS: usize = if S::WIDE { 24 } else { 6 };

    forward! {
        splat(x: f32) -> <S as Simd>::F;
        load(p: *const f32) -> <S as Simd>::F;
        load_first(p: *const f32, n: usize) -> <S as Simd>::F;
        store_first(p: *mut f32, n: usize, v: <S as Simd>::F);
        add(a: <S as Simd>::F, b: <S as Simd>::F) -> <S as Simd>::F;
        div(a: <S as Simd>::F, b: <S as Simd>::F) -> <S as Simd>::F;
        fma(a: <S as Simd>::F, b: <S as Simd>::F, c: <S as Simd>::F) -> <S as Simd>::F;
        relu(x: <S as Simd>::F) -> <S as Simd>::F;
    }
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
        // SAFETY: the caller's promise, here and below.
        unsafe { (A::splat(x), B::splat(x)) }
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Self::F {
        // SAFETY: as above.
        unsafe { (A::load(p), B::load(p.add(A::LANES))) }
    }
    #[inline(always)]
    unsafe fn load_first(p: *const f32, n: usize) -> Self::F {
        let [low, high] = [n.min(A::LANES), n.saturating_sub(A::LANES)];
        // SAFETY: as above.
        unsafe { (A::load_first(p, low), B::load_first(p.wrapping_add(A::LANES), high)) }
    }
    #[inline(always)]
    unsafe fn store_first(p: *mut f32, n: usize, v: Self::F) {
        let [low, high] = [n.min(A::LANES), n.saturating_sub(A::LANES)];
        // SAFETY: as above.
        unsafe {
            A::store_first(p, low, v.0);
            B::store_first(p.wrapping_add(A::LANES), high, v.1);
        }
    }
    #[inline(always)]
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: as above.
        unsafe { (A::add(a.0, b.0), B::add(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: as above.
        unsafe { (A::div(a.0, b.0), B::div(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        // SAFETY: as above.
        unsafe { (A::fma(a.0, b.0, c.0), B::fma(a.1, b.1, c.1)) }
    }
    #[inline(always)]
    unsafe fn relu(x: Self::F) -> Self::F {
        // SAFETY: as above.
        unsafe { (A::relu(x.0), B::relu(x.1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::Isa;
    use crate::simd::versions;

    versions! {
        fn move_first<S>(lanes: usize, n: usize, from: *const f32, to: *mut f32) {
            match lanes {
                4 => move_with::<S::First4>(n, from, to),
                8 => move_with::<S::First8>(n, from, to),
                12 => move_with::<S::First12>(n, from, to),
                _ => move_with::<S>(n, from, to),
            }
        }
    }

    /// The first `n` lanes, then all there are.
    #[inline(always)]
    unsafe fn move_with<V: Vector>(n: usize, from: *const f32, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe {
            let v = V::load_first(from, n);
            V::store_first(to, n, v);
            V::store_first(to.add(LANES), V::LANES, v);
        }
    }

    #[test]
    fn first_lanes_are_read_and_written_and_no_others() {
        let from: [f32; LANES] = std::array::from_fn(|i| i as f32 + 1.0);
        for isa in Isa::available() {
            for lanes in [4, 8, 12, LANES] {
                for n in 0..=lanes {
                    let mut to = [-1.0; 2 * LANES];
                    // SAFETY: as many values as there are lanes, and twice as many.
                    unsafe { move_first(isa, lanes, n, from.as_ptr(), to.as_mut_ptr()) };
                    let (some, all) = to.split_at(LANES);
                    let what = format!("{n} of {lanes} lanes, {isa:?}");
                    assert_eq!(some[..n], from[..n], "{what}");
                    assert!(some[n..].iter().all(|v| *v == -1.0), "{what}");
                    assert_eq!(all[..n], from[..n], "{what}");
                    assert!(all[n..lanes].iter().all(|v| *v == 0.0), "{what}");
                }
            }
        }
    }
}
