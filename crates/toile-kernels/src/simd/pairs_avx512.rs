//! Pairs of bf16 in registers of AVX-512: by its instructions for them, and by others.

use std::arch::x86_64::*;

use super::avx512::Avx512;
use super::pairs::{Halves, Pairs};
use crate::precision::SCALE;

/// [`flush`](crate::precision::flush).
#[inline(always)]
unsafe fn flushed(v: __m512) -> __m512 {
    // SAFETY: the caller runs on AVX-512.
    unsafe {
        let small = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(_mm512_abs_ps(v), _mm512_set1_ps(f32::MIN_POSITIVE));
        _mm512_mask_and_ps(v, small, v, _mm512_set1_ps(-0.0))
    }
}

/// A fused multiply-add, with what is smaller than a normal number as zero
/// ([`add_products`](crate::precision::add_products)).
#[inline(always)]
unsafe fn multiply_add(a: __m512, b: __m512, c: __m512) -> __m512 {
    // SAFETY: the caller runs on AVX-512.
    unsafe {
        let smallest = _mm512_set1_ps(f32::MIN_POSITIVE);
        let sum = _mm512_fmadd_ps(a, b, c);
        let small = _mm512_cmp_ps_mask::<_CMP_LE_OQ>(_mm512_abs_ps(sum), smallest);
        if small == 0 {
            return sum;
        }
        let scale = _mm512_set1_ps(SCALE);
        let scaled = _mm512_fmadd_ps(_mm512_mul_ps(a, scale), b, _mm512_mul_ps(c, scale));
        let limit = _mm512_mul_ps(smallest, scale);
        let smaller = _mm512_mask_cmp_ps_mask::<_CMP_LT_OQ>(small, _mm512_abs_ps(scaled), limit);
        _mm512_mask_and_ps(sum, smaller, sum, _mm512_set1_ps(-0.0))
    }
}

/// [`round_to_bf16`](crate::precision::round_to_bf16), in the upper halves.
#[inline(always)]
unsafe fn rounded(v: __m512) -> __m512i {
    // SAFETY: the caller runs on AVX-512.
    unsafe {
        let bits = _mm512_castps_si512(flushed(v));
        let odd = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
        let up = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
        let nan = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(v, v);
        let quiet = _mm512_mask_or_epi32(up, nan, bits, _mm512_set1_epi32(1 << 22));
        _mm512_and_si512(quiet, _mm512_set1_epi32(!0xffff))
    }
}

impl Pairs<Avx512> for Halves {
    #[inline(always)]
    unsafe fn pair(first: __m512, second: __m512) -> __m512 {
        // SAFETY: the caller runs on AVX-512.
        unsafe {
            let first = _mm512_srli_epi32::<16>(rounded(first));
            _mm512_castsi512_ps(_mm512_or_si512(first, rounded(second)))
        }
    }
    #[inline(always)]
    unsafe fn store_neighbours(p: *mut f32, v: __m512) {
        // SAFETY: the caller runs on AVX-512 and vouches for eight places.
        unsafe { _mm256_storeu_si256(p.cast(), _mm512_cvtepi32_epi16(_mm512_srli_epi32::<16>(rounded(v)))) }
    }
    #[inline(always)]
    unsafe fn add_products(a: __m512, b: __m512, sum: __m512) -> __m512 {
        // SAFETY: the caller runs on AVX-512.
        unsafe {
            let upper = _mm512_castsi512_ps(_mm512_set1_epi32(!0xffff));
            let first = |v| _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_castps_si512(v)));
            let second = |v| _mm512_and_ps(v, upper);
            let sum = multiply_add(second(a), second(b), flushed(sum));
            multiply_add(first(a), first(b), sum)
        }
    }
}

/// Sixteen numbers and sixteen others, one from either in turn.
// SAFETY: both types are 512 bits, of which any are a value.
const INTERLEAVE: __m512i = unsafe {
    let mut places = [0u16; 32];
    let mut i = 0;
    while i < 32 {
        places[i] = (i / 2 + i % 2 * 16) as u16;
        i += 1;
    }
    std::mem::transmute(places)
};

/// VDPBF16PS, VCVTNEPS2BF16 and VCVTNE2PS2BF16.
#[derive(Clone, Copy)]
pub(crate) struct Instruction;

/// A register of pairs.
#[inline(always)]
fn as_bf16(v: __m512) -> __m512bh {
    // SAFETY: 512 bits either way, of which each pattern is a value.
    unsafe { std::mem::transmute(v) }
}

impl Pairs<Avx512> for Instruction {
    #[inline(always)]
    unsafe fn pair(first: __m512, second: __m512) -> __m512 {
        // SAFETY: the caller runs on AVX-512 with bf16; 512 bits of thirty-two numbers either way.
        unsafe {
            // The first numbers in the lower half of the register, the second ones in the upper.
            let both: __m512i = std::mem::transmute(_mm512_cvtne2ps_pbh(second, first));
            _mm512_castsi512_ps(_mm512_permutexvar_epi16(INTERLEAVE, both))
        }
    }
    #[inline(always)]
    unsafe fn store_neighbours(p: *mut f32, v: __m512) {
        // SAFETY: the caller runs on AVX-512 with bf16 and vouches for eight places.
        unsafe {
            _mm256_storeu_si256(p.cast(), std::mem::transmute::<__m256bh, __m256i>(_mm512_cvtneps_pbh(v)))
        }
    }
    #[inline(always)]
    unsafe fn add_products(a: __m512, b: __m512, sum: __m512) -> __m512 {
        // SAFETY: the caller runs on AVX-512 with bf16.
        unsafe { _mm512_dpbf16_ps(sum, as_bf16(a), as_bf16(b)) }
    }
}
