//! Sixteen lanes in one AVX-512 register.

use std::arch::x86_64::*;

use super::avx2_first::First8;
use super::avx2_parts::tree_sum_8;
use super::lanes::Simd;

#[derive(Clone, Copy)]
pub(crate) struct Avx512;

/// A mask of the first `n` lanes.
#[inline(always)]
fn first(n: usize) -> __mmask16 {
    ((1u32 << n) - 1) as __mmask16
}

impl Simd for Avx512 {
    type F = __m512;
    type M = __mmask16;
    type P = __m512i;
    type First4 = Self;
    type First8 = Self;
    type First12 = Self;
    type Half = First8;
    const PARTS: bool = false;
    const WIDE: bool = true;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_loadu_ps(p) }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: Self::F) {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_storeu_ps(p, v) }
    }
    #[inline(always)]
    unsafe fn load_first(p: *const f32, n: usize) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the `n` lanes of memory it names:
        // masked-off lanes are not touched.
        unsafe { _mm512_maskz_loadu_ps(first(n), p) }
    }
    #[inline(always)]
    unsafe fn store_first(p: *mut f32, n: usize, v: Self::F) {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the `n` lanes of memory it names:
        // masked-off lanes are not touched.
        unsafe { _mm512_mask_storeu_ps(p, first(n), v) }
    }
    #[inline(always)]
    unsafe fn store_bytes_first(p: *mut u8, n: usize, v: Self::F) {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the `n` lanes of memory it names:
        // masked-off lanes are not touched.
        unsafe { Self::store_places_first(p, n, _mm512_cvttps_epi32(v)) }
    }
    #[inline(always)]
    unsafe fn place(which: u8) -> Self::P {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_set1_epi32(which.into()) }
    }
    #[inline(always)]
    unsafe fn select_place(m: Self::M, a: Self::P, b: Self::P) -> Self::P {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_mask_mov_epi32(b, m, a) }
    }
    #[inline(always)]
    unsafe fn store_places_first(p: *mut u8, n: usize, places: Self::P) {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the `n` lanes of memory it names:
        // masked-off lanes are not touched.
        unsafe { _mm_mask_storeu_epi8(p.cast(), first(n), _mm512_cvtepi32_epi8(places)) }
    }
    #[inline(always)]
    unsafe fn load_bytes_first(p: *const u8, n: usize) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the `n` lanes of memory it names:
        // masked-off lanes are not touched.
        unsafe { _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(first(n), p.cast()))) }
    }
    #[inline(always)]
    unsafe fn load_places_first(p: *const u8, n: usize) -> (Self::P, Self::M) {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the `n` lanes of memory it names:
        // masked-off lanes are not touched.
        unsafe {
            let places = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(first(n), p.cast()));
            (places, first(n) & _mm512_cmplt_epu32_mask(places, _mm512_set1_epi32(4)))
        }
    }
    #[inline(always)]
    unsafe fn choose(four: *const f32, place: Self::P) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        // Each quarter of a register chooses by the lowest two bits of a lane.
        unsafe { _mm512_permutevar_ps(_mm512_broadcast_f32x4(_mm_loadu_ps(four)), place) }
    }
    #[inline(always)]
    unsafe fn look_up(eight: &[f32; 8], number: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512.
        unsafe {
            let eight = _mm256_castps_pd(_mm256_loadu_ps(eight.as_ptr()));
            // Twice, so that it does not matter which of the sixteen lanes the fourth bit names.
            let twice = _mm512_castpd_ps(_mm512_broadcast_f64x4(eight));
            _mm512_permutexvar_ps(_mm512_castps_si512(number), twice)
        }
    }
    #[inline(always)]
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_sub_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_div_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn sqrt(a: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_sqrt_ps(a) }
    }
    #[inline(always)]
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512.
        unsafe { _mm512_min_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn abs(a: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512.
        unsafe { _mm512_abs_ps(a) }
    }
    #[inline(always)]
    unsafe fn mul_sign(a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512.
        unsafe { _mm512_xor_ps(a, _mm512_and_ps(b, _mm512_set1_ps(-0.0))) }
    }
    #[inline(always)]
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_max_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn gt(a: Self::F, b: Self::F) -> Self::M {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, b) }
    }
    #[inline(always)]
    unsafe fn le(a: Self::F, b: Self::F) -> Self::M {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_cmp_ps_mask::<_CMP_LE_OQ>(a, b) }
    }
    #[inline(always)]
    unsafe fn eq(a: Self::F, b: Self::F) -> Self::M {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b) }
    }
    #[inline(always)]
    unsafe fn ne(a: Self::F, b: Self::F) -> Self::M {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(a, b) }
    }
    #[inline(always)]
    unsafe fn is_nan(a: Self::F) -> Self::M {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(a, a) }
    }
    #[inline(always)]
    unsafe fn or(a: Self::M, b: Self::M) -> Self::M {
        a | b
    }
    #[inline(always)]
    unsafe fn any(m: Self::M) -> bool {
        m != 0
    }
    #[inline(always)]
    unsafe fn select(m: Self::M, a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe { _mm512_mask_mov_ps(b, m, a) }
    }
    #[inline(always)]
    unsafe fn tree_sum(v: Self::F) -> f32 {
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        unsafe {
            let low = _mm512_castps512_ps256(v);
            let high = _mm512_extractf32x8_ps::<1>(v);
            tree_sum_8(_mm256_add_ps(low, high))
        }
    }
    #[inline(always)]
    unsafe fn tree_sums<const N: usize>(vectors: &[Self::F; N]) -> Self::F {
        const { assert!(N <= 8) }
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        // Two vectors, then four, then eight share each round of additions.
        unsafe {
            let v = |i: usize| if i < N { vectors[i] } else { _mm512_setzero_ps() };
            let eighths = |a, b| {
                let (low, high) = (
                    _mm512_shuffle_f32x4::<0b01_00_01_00>(a, b),
                    _mm512_shuffle_f32x4::<0b11_10_11_10>(a, b),
                );
                _mm512_add_ps(low, high)
            };
            let fours = |a, b| {
                let (low, high) = (
                    _mm512_shuffle_f32x4::<0b10_00_10_00>(a, b),
                    _mm512_shuffle_f32x4::<0b11_01_11_01>(a, b),
                );
                _mm512_add_ps(low, high)
            };
            let a = fours(eighths(v(0), v(1)), eighths(v(2), v(3)));
            let b = fours(eighths(v(4), v(5)), eighths(v(6), v(7)));
            let (low, high) =
                (_mm512_shuffle_ps::<0b01_00_01_00>(a, b), _mm512_shuffle_ps::<0b11_10_11_10>(a, b));
            let twos = _mm512_add_ps(low, high);
            let (even, odd) = (
                _mm512_shuffle_ps::<0b10_00_10_00>(twos, twos),
                _mm512_shuffle_ps::<0b11_01_11_01>(twos, twos),
            );
            // Vector i's sum is in lane 4 i, that of vector i + 4 beside it.
            let order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 0, 0, 0, 0, 0, 0, 0, 0);
            _mm512_maskz_permutexvar_ps(0xff, order, _mm512_add_ps(even, odd))
        }
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
        // SAFETY: whoever calls a method of `Simd` vouches for AVX-512, and for the memory it names.
        // Compressing in a register and storing all of it is much faster on some
        // machines than compressing to memory.
        unsafe {
            let m = m & self::first(n);
            let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
            let lanes = _mm512_add_epi32(lanes, _mm512_set1_epi32(first as i32));
            _mm512_storeu_si512(indices.cast(), _mm512_maskz_compress_epi32(m, lanes));
            _mm512_storeu_ps(values, _mm512_maskz_compress_ps(m, v));
            m.count_ones() as usize
        }
    }
}
