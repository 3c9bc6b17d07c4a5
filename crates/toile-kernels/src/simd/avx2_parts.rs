//! Parts of AVX2's vectors: masks, pieces to memory, the end of a sum.

use std::arch::x86_64::*;

/// The last three rounds of [`Simd::tree_sum`](super::Simd::tree_sum).
#[inline(always)]
pub(super) unsafe fn tree_sum_8(v: __m256) -> f32 {
    // SAFETY: the caller runs on AVX2.
    unsafe {
        let four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }
}

/// Masks of the first `n` lanes, half by half.
#[inline(always)]
pub(super) unsafe fn first(n: usize) -> (__m256i, __m256i) {
    // SAFETY: the caller runs on AVX2.
    unsafe {
        let n = _mm256_set1_epi32(n as i32);
        let low = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        let high = _mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15);
        (_mm256_cmpgt_epi32(n, low), _mm256_cmpgt_epi32(n, high))
    }
}

/// The first `n` lanes (0 to 8) to memory, in pieces: masked stores are dozens of instructions on many machines.
#[inline(always)]
pub(super) unsafe fn store_up_to_8(p: *mut f32, n: usize, v: __m256) {
    // SAFETY: the caller runs on AVX2 and vouches for `n` values.
    unsafe {
        let (low, high) = (_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
        match n {
            8 => _mm256_storeu_ps(p, v),
            4.. => {
                _mm_storeu_ps(p, low);
                store_up_to_4(p.add(4), n - 4, high);
            }
            _ => store_up_to_4(p, n, low),
        }
    }
}

/// As [`store_up_to_8`], up to 4.
#[inline(always)]
pub(super) unsafe fn store_up_to_4(p: *mut f32, n: usize, v: __m128) {
    // SAFETY: the caller runs on AVX2 and vouches for `n` values.
    unsafe {
        match n {
            4 => _mm_storeu_ps(p, v),
            3 => {
                _mm_storel_epi64(p.cast(), _mm_castps_si128(v));
                _mm_store_ss(p.add(2), _mm_movehl_ps(v, v));
            }
            2 => _mm_storel_epi64(p.cast(), _mm_castps_si128(v)),
            1 => _mm_store_ss(p, v),
            _ => {}
        }
    }
}
