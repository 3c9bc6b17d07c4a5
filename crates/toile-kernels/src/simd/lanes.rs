//! What an instruction set has to offer.

use super::vector::Vector;

/// Number of virtual lanes.
pub const LANES: usize = 16;

/// Sixteen lanes of f32.
///
/// # Safety
/// Every method may only run where the implementor's instruction set is available, inlined into a
/// function compiled for it. Pointers must be valid for the lanes they name; no alignment is needed.
pub(crate) trait Simd: Copy {
    /// Sixteen values.
    type F: Copy;
    /// Sixteen truth values.
    type M: Copy;
    /// Sixteen places of a 2x2 window: 0 to 3, row by row; more is none.
    type P: Copy;
    /// The first lanes alone, where that [takes less](Simd::PARTS); else all sixteen.
    type First4: Vector;
    type First8: Vector;
    type First12: Vector;
    /// Eight lanes in a register of their own, where sixteen take one and there are [many](Simd::WIDE); else all sixteen.
    type Half: Vector;
    /// Whether fewer lanes take less than sixteen.
    const PARTS: bool;
    /// Whether 24 accumulators of sixteen lanes fit the registers; else 6 do.
    const WIDE: bool;

    unsafe fn splat(x: f32) -> Self::F;
    unsafe fn load(p: *const f32) -> Self::F;
    unsafe fn store(p: *mut f32, v: Self::F);
    /// The first `n` lanes (0 to 16) from memory, the others 0.
    unsafe fn load_first(p: *const f32, n: usize) -> Self::F;
    /// Only the first `n` lanes (0 to 16) to memory.
    unsafe fn store_first(p: *mut f32, n: usize, v: Self::F);
    /// The first `n` lanes, whole numbers from 0 to 255, as bytes.
    unsafe fn store_bytes_first(p: *mut u8, n: usize, v: Self::F);
    /// Sixteen bytes as numbers; only the first `n` are read, the others are 0.
    unsafe fn load_bytes_first(p: *const u8, n: usize) -> Self::F;
    /// Sixteen bytes as places, and where they are one (0 to 3); only the first `n` are read.
    unsafe fn load_places_first(p: *const u8, n: usize) -> (Self::P, Self::M);
    /// Sixteen times one place, 0 to 4.
    unsafe fn place(which: u8) -> Self::P;
    /// `m ? a : b`, lane by lane.
    unsafe fn select_place(m: Self::M, a: Self::P, b: Self::P) -> Self::P;
    /// The first `n` places as bytes.
    unsafe fn store_places_first(p: *mut u8, n: usize, places: Self::P);
    /// Of four values in memory the one at each lane's place; where there is no place, any of them.
    unsafe fn choose(four: *const f32, place: Self::P) -> Self::F;
    /// As [`look_up`], lane by lane.
    unsafe fn look_up(eight: &[f32; 8], number: Self::F) -> Self::F;
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn sqrt(a: Self::F) -> Self::F;
    /// a * b + c, rounded once.
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// `a > b ? a : b`: where one is NaN or both are zero, b.
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F;
    /// `a < b ? a : b`: where one is NaN or both are zero, b.
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F;
    /// Without its sign.
    unsafe fn abs(a: Self::F) -> Self::F;
    /// a, or -a where b has a minus, zeros included.
    unsafe fn mul_sign(a: Self::F, b: Self::F) -> Self::F;
    /// a > b; false with a NaN.
    unsafe fn gt(a: Self::F, b: Self::F) -> Self::M;
    /// a <= b; false with a NaN.
    unsafe fn le(a: Self::F, b: Self::F) -> Self::M;
    /// a == b; false with a NaN.
    unsafe fn eq(a: Self::F, b: Self::F) -> Self::M;
    /// a != b; true with a NaN.
    unsafe fn ne(a: Self::F, b: Self::F) -> Self::M;
    unsafe fn is_nan(a: Self::F) -> Self::M;
    unsafe fn or(a: Self::M, b: Self::M) -> Self::M;
    /// Whether it holds in any lane.
    unsafe fn any(m: Self::M) -> bool;
    /// `m ? a : b`, lane by lane.
    unsafe fn select(m: Self::M, a: Self::F, b: Self::F) -> Self::F;
    /// Sum by the fixed tree: lane i += lane i + 8, then + 4, + 2, + 1.
    unsafe fn tree_sum(v: Self::F) -> f32;
    /// The [`tree_sum`](Simd::tree_sum) of each vector, side by side in the first lanes; the others 0.
    #[inline(always)]
    unsafe fn tree_sums<const N: usize>(vectors: &[Self::F; N]) -> Self::F {
        let mut sums = [0.0; LANES];
        // SAFETY: the caller promises what stands under Safety.
        unsafe {
            for (sum, vector) in sums.iter_mut().zip(vectors) {
                *sum = Self::tree_sum(*vector);
            }
            Self::load(sums.as_ptr())
        }
    }

    /// Sixteen lanes of their first and second half.
    #[inline(always)]
    unsafe fn join(low: <Self::First8 as Vector>::F, high: <Self::First8 as Vector>::F) -> Self::F {
        let mut lanes = [0.0; LANES];
        // SAFETY: the caller promises what stands under Safety.
        unsafe {
            Self::First8::store_first(lanes.as_mut_ptr(), LANES / 2, low);
            Self::First8::store_first(lanes.as_mut_ptr().add(LANES / 2), LANES / 2, high);
            Self::load(lanes.as_ptr())
        }
    }

    /// The lanes below `n` where `m` holds, in order: lane + `first` to `indices`, their values to `values`.
    /// Returns how many; up to sixteen places behind both pointers may be overwritten.
    unsafe fn compress(
        m: Self::M,
        n: usize,
        first: u32,
        v: Self::F,
        indices: *mut u32,
        values: *mut f32,
    ) -> usize;

    /// +0.
    #[inline(always)]
    unsafe fn zero() -> Self::F {
        // SAFETY: the caller promises what stands under Safety.
        unsafe { Self::splat(0.0) }
    }

    /// `0 > x ? 0 : x`: NaN and -0 pass.
    #[inline(always)]
    unsafe fn relu(x: Self::F) -> Self::F {
        // SAFETY: the caller promises what stands under Safety.
        unsafe { Self::max(Self::zero(), x) }
    }
}

/// Of eight values the one whose number stands in the lowest three bits of `number`, whatever a float that is.
#[inline(always)]
pub(crate) fn look_up(eight: &[f32; 8], number: f32) -> f32 {
    eight[(number.to_bits() & 7) as usize]
}

/// [`Simd::compress`] where the mask has been turned into bits and the lanes into memory.
#[inline(always)]
pub(super) unsafe fn compress_bits(
    mut bits: u32,
    first: u32,
    lanes: &[f32; LANES],
    indices: *mut u32,
    values: *mut f32,
) -> usize {
    let mut count = 0;
    while bits != 0 {
        let lane = bits.trailing_zeros();
        // SAFETY: at most sixteen lanes, and the caller has room for as many.
        unsafe {
            *indices.add(count) = first + lane;
            *values.add(count) = lanes[lane as usize];
        }
        bits &= bits - 1;
        count += 1;
    }
    count
}

/// Forwards each function to those of the same name.
macro_rules! forward {
    ($($name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)?;)*) => {
        $(#[inline(always)]
        unsafe fn $name($($arg: $ty),*) $(-> $ret)? {
            // SAFETY: the caller promises what stands under Safety.
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
