//! Sixteen lanes in two AVX2 registers.

use std::arch::x86_64::*;

use super::avx2_first::{First4, First8, First12};
use super::avx2_parts::{first, store_up_to_8, tree_sum_8};
use super::lanes::{self, LANES, Simd};

#[derive(Clone, Copy)]
pub(crate) struct Avx2;

/// Sixteen bytes as whole numbers; only the first `n` are read, the others are 0.
#[inline(always)]
unsafe fn bytes_first(p: *const u8, n: usize) -> (__m256i, __m256i) {
    // SAFETY: the caller runs on AVX2 and vouches for `n` bytes.
    unsafe {
        let bytes = if n == LANES {
            _mm_loadu_si128(p.cast())
        } else {
            let mut all = [0u8; LANES];
            std::ptr::copy_nonoverlapping(p, all.as_mut_ptr(), n);
            _mm_loadu_si128(all.as_ptr().cast())
        };
        (_mm256_cvtepu8_epi32(bytes), _mm256_cvtepu8_epi32(_mm_srli_si128::<8>(bytes)))
    }
}

macro_rules! both {
    ($f:path; $a:expr $(, $more:expr)*) => {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the memory it names.
        unsafe { ($f($a.0 $(, $more.0)*), $f($a.1 $(, $more.1)*)) }
    };
}

impl Simd for Avx2 {
    type F = (__m256, __m256);
    type M = (__m256, __m256);
    type P = (__m256i, __m256i);
    type First4 = First4;
    type First8 = First8;
    type First12 = First12;
    type Half = Self;
    const PARTS: bool = true;
    const WIDE: bool = false;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the memory it names.
        unsafe { (_mm256_set1_ps(x), _mm256_set1_ps(x)) }
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the memory it names.
        unsafe { (_mm256_loadu_ps(p), _mm256_loadu_ps(p.add(8))) }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: Self::F) {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the memory it names.
        unsafe {
            _mm256_storeu_ps(p, v.0);
            _mm256_storeu_ps(p.add(8), v.1);
        }
    }
    #[inline(always)]
    unsafe fn load_first(p: *const f32, n: usize) -> Self::F {
        if n == LANES {
            // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the memory it names.
            return unsafe { Self::load(p) };
        }
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the `n` lanes of memory it names:
        // masked-off lanes are not touched.
        unsafe {
            let (low, high) = first(n);
            (_mm256_maskload_ps(p, low), _mm256_maskload_ps(p.wrapping_add(8), high))
        }
    }
    #[inline(always)]
    unsafe fn store_first(p: *mut f32, n: usize, v: Self::F) {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the memory it names.
        unsafe {
            if n >= 8 {
                _mm256_storeu_ps(p, v.0);
                store_up_to_8(p.wrapping_add(8), n - 8, v.1);
            } else {
                store_up_to_8(p, n, v.0);
            }
        }
    }
    #[inline(always)]
    unsafe fn store_bytes_first(p: *mut u8, n: usize, v: Self::F) {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the memory it names.
        unsafe { Self::store_places_first(p, n, (_mm256_cvttps_epi32(v.0), _mm256_cvttps_epi32(v.1))) }
    }
    #[inline(always)]
    unsafe fn place(which: u8) -> Self::P {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the memory it names.
        unsafe { (_mm256_set1_epi32(which.into()), _mm256_set1_epi32(which.into())) }
    }
    #[inline(always)]
    unsafe fn select_place(m: Self::M, a: Self::P, b: Self::P) -> Self::P {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the memory it names.
        unsafe {
            let half = |m, a, b| _mm256_blendv_epi8(b, a, _mm256_castps_si256(m));
            (half(m.0, a.0, b.0), half(m.1, a.1, b.1))
        }
    }
    #[inline(always)]
    unsafe fn store_places_first(p: *mut u8, n: usize, (a, b): Self::P) {
        // SAFETY: see the trait; packing takes the 128-bit halves apart and puts the words in order.
        unsafe {
            let half = |x| _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256::<1>(x));
            let bytes = _mm_packus_epi16(half(a), half(b));
            if n == LANES {
                _mm_storeu_si128(p.cast(), bytes);
            } else {
                let mut all = [0u8; LANES];
                _mm_storeu_si128(all.as_mut_ptr().cast(), bytes);
                std::ptr::copy_nonoverlapping(all.as_ptr(), p, n);
            }
        }
    }
    #[inline(always)]
    unsafe fn load_bytes_first(p: *const u8, n: usize) -> Self::F {
        // SAFETY: see the trait; only `n` bytes are read.
        unsafe {
            let (low, high) = bytes_first(p, n);
            (_mm256_cvtepi32_ps(low), _mm256_cvtepi32_ps(high))
        }
    }
    #[inline(always)]
    unsafe fn load_places_first(p: *const u8, n: usize) -> (Self::P, Self::M) {
        // SAFETY: see the trait; only `n` bytes are read.
        unsafe {
            let places = bytes_first(p, n);
            let is_place = |half| _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(4), half));
            (places, (is_place(places.0), is_place(places.1)))
        }
    }
    #[inline(always)]
    unsafe fn choose(four: *const f32, place: Self::P) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the memory it names.
        // Each quarter of a register chooses by the lowest two bits of a lane.
        unsafe {
            let four = _mm_loadu_ps(four);
            let four = _mm256_set_m128(four, four);
            (_mm256_permutevar_ps(four, place.0), _mm256_permutevar_ps(four, place.1))
        }
    }
    #[inline(always)]
    unsafe fn look_up(eight: &[f32; 8], number: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA.
        unsafe {
            let eight = _mm256_loadu_ps(eight.as_ptr());
            let (low, high) = (_mm256_castps_si256(number.0), _mm256_castps_si256(number.1));
            (_mm256_permutevar8x32_ps(eight, low), _mm256_permutevar8x32_ps(eight, high))
        }
    }
    #[inline(always)]
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F {
        both!(_mm256_add_ps; a, b)
    }
    #[inline(always)]
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F {
        both!(_mm256_sub_ps; a, b)
    }
    #[inline(always)]
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F {
        both!(_mm256_mul_ps; a, b)
    }
    #[inline(always)]
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F {
        both!(_mm256_div_ps; a, b)
    }
    #[inline(always)]
    unsafe fn sqrt(a: Self::F) -> Self::F {
        both!(_mm256_sqrt_ps; a)
    }
    #[inline(always)]
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        both!(_mm256_fmadd_ps; a, b, c)
    }
    #[inline(always)]
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F {
        both!(_mm256_min_ps; a, b)
    }
    #[inline(always)]
    unsafe fn abs(a: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA.
        let minus = unsafe { Self::splat(-0.0) };
        both!(_mm256_andnot_ps; minus, a)
    }
    #[inline(always)]
    unsafe fn mul_sign(a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA.
        let minus = unsafe { Self::splat(-0.0) };
        let signs = both!(_mm256_and_ps; b, minus);
        both!(_mm256_xor_ps; a, signs)
    }
    #[inline(always)]
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F {
        both!(_mm256_max_ps; a, b)
    }
    #[inline(always)]
    unsafe fn gt(a: Self::F, b: Self::F) -> Self::M {
        both!(_mm256_cmp_ps::<_CMP_GT_OQ>; a, b)
    }
    #[inline(always)]
    unsafe fn le(a: Self::F, b: Self::F) -> Self::M {
        both!(_mm256_cmp_ps::<_CMP_LE_OQ>; a, b)
    }
    #[inline(always)]
    unsafe fn eq(a: Self::F, b: Self::F) -> Self::M {
        both!(_mm256_cmp_ps::<_CMP_EQ_OQ>; a, b)
    }
    #[inline(always)]
    unsafe fn ne(a: Self::F, b: Self::F) -> Self::M {
        both!(_mm256_cmp_ps::<_CMP_NEQ_UQ>; a, b)
    }
    #[inline(always)]
    unsafe fn is_nan(a: Self::F) -> Self::M {
        both!(_mm256_cmp_ps::<_CMP_UNORD_Q>; a, a)
    }
    #[inline(always)]
    unsafe fn or(a: Self::M, b: Self::M) -> Self::M {
        both!(_mm256_or_ps; a, b)
    }
    #[inline(always)]
    unsafe fn any(m: Self::M) -> bool {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the memory it names.
        unsafe { _mm256_movemask_ps(_mm256_or_ps(m.0, m.1)) != 0 }
    }
    #[inline(always)]
    unsafe fn select(m: Self::M, a: Self::F, b: Self::F) -> Self::F {
        both!(_mm256_blendv_ps; b, a, m)
    }
    #[inline(always)]
    unsafe fn tree_sum(v: Self::F) -> f32 {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the memory it names.
        unsafe { tree_sum_8(_mm256_add_ps(v.0, v.1)) }
    }
    #[inline(always)]
    unsafe fn tree_sums<const N: usize>(vectors: &[Self::F; N]) -> Self::F {
        const { assert!(N <= 8) }
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the memory it names.
        // The last two rounds add four vectors at a time.
        unsafe {
            let four = |i: usize| {
                if i >= N {
                    return _mm_setzero_ps();
                }
                let eight = _mm256_add_ps(vectors[i].0, vectors[i].1);
                _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight))
            };
            let twos = |a, b| _mm_add_ps(_mm_movelh_ps(a, b), _mm_movehl_ps(b, a));
            let sums = |i: usize| {
                let (a, b) = (twos(four(i), four(i + 1)), twos(four(i + 2), four(i + 3)));
                _mm_add_ps(_mm_shuffle_ps::<0b10_00_10_00>(a, b), _mm_shuffle_ps::<0b11_01_11_01>(a, b))
            };
            (_mm256_set_m128(if N > 4 { sums(4) } else { _mm_setzero_ps() }, sums(0)), _mm256_setzero_ps())
        }
    }
    #[inline(always)]
    unsafe fn join(low: __m256, high: __m256) -> Self::F {
        (low, high)
    }
    #[inline(always)]
    unsafe fn compress(
        m: Self::M,
        n: usize,
        first: u32,
        v: Self::F,
        indices: *mut u32,
        values: *mut f32,
    ) -> usize {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX2 and FMA, and for the memory it names.
        unsafe {
            let bits = _mm256_movemask_ps(m.0) as u32 | (_mm256_movemask_ps(m.1) as u32) << 8;
            let mut lanes = [0.0; LANES];
            Self::store(lanes.as_mut_ptr(), v);
            lanes::compress_bits(bits & ((1 << n) - 1), first, &lanes, indices, values)
        }
    }
}
