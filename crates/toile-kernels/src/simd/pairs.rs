//! Pairs of bf16 in the place of an f32 each, and sums of their products ([`crate::precision`]).

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

#[cfg(target_arch = "x86_64")]
use super::avx2::Avx2;
use super::lanes::{LANES, Simd};
use super::scalar::Scalar;
#[cfg(target_arch = "x86_64")]
use crate::precision::SCALE;
use crate::precision::{add_products, round_to_bf16};

/// What an instruction set has to offer for pairs. All give the same bits.
///
/// # Safety
/// As for [`Simd`].
pub(crate) trait Pairs<S: Simd>: Copy {
    /// In each lane a pair: of `first`, in its lower half, and of `second`, rounded.
    unsafe fn pair(first: S::F, second: S::F) -> S::F;
    /// Each two neighbours as a pair, rounded: eight places of memory.
    unsafe fn store_neighbours(p: *mut f32, v: S::F);
    /// In each lane `sum` with the products of two pairs, the second numbers' first.
    unsafe fn add_products(a: S::F, b: S::F, sum: S::F) -> S::F;
}

/// Where there is no instruction for it: each half of a lane is an f32 after a shift.
#[derive(Clone, Copy)]
pub(crate) struct Halves;

/// The two numbers of a pair.
#[inline(always)]
fn apart(pair: f32) -> [f32; 2] {
    [f32::from_bits(pair.to_bits() << 16), f32::from_bits(pair.to_bits() & 0xffff_0000)]
}

#[inline(always)]
fn together(first: f32, second: f32) -> f32 {
    f32::from_bits(round_to_bf16(first).to_bits() >> 16 | round_to_bf16(second).to_bits())
}

impl Pairs<Scalar> for Halves {
    #[inline(never)]
    unsafe fn pair(first: [f32; LANES], second: [f32; LANES]) -> [f32; LANES] {
        std::array::from_fn(|i| together(first[i], second[i]))
    }
    #[inline(never)]
    unsafe fn store_neighbours(p: *mut f32, v: [f32; LANES]) {
        for i in 0..LANES / 2 {
            // SAFETY: eight places, the caller's promise.
            unsafe { *p.add(i) = together(v[2 * i], v[2 * i + 1]) };
        }
    }
    #[inline(never)]
    unsafe fn add_products(a: [f32; LANES], b: [f32; LANES], sum: [f32; LANES]) -> [f32; LANES] {
        let lane = |i: usize| {
            let ([a_first, a_second], [b_first, b_second]) = (apart(a[i]), apart(b[i]));
            add_products(sum[i], [a_first, b_first], [a_second, b_second])
        };
        crate::fused::with_multiply_add(
            #[inline(always)]
            || std::array::from_fn(lane),
        )
    }
}

/// [`round_to_bf16`] of eight lanes.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn rounded_8(v: __m256) -> __m256i {
    // SAFETY: the caller runs on AVX2.
    unsafe {
        let bits = _mm256_castps_si256(flushed_8(v));
        let odd = _mm256_and_si256(_mm256_srli_epi32::<16>(bits), _mm256_set1_epi32(1));
        let up = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
        let quiet = _mm256_or_si256(bits, _mm256_set1_epi32(1 << 22));
        let nan = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_UNORD_Q>(v, v));
        _mm256_and_si256(_mm256_blendv_epi8(up, quiet, nan), _mm256_set1_epi32(!0xffff))
    }
}

/// [`flush`](crate::precision::flush) of eight lanes.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn flushed_8(v: __m256) -> __m256 {
    // SAFETY: the caller runs on AVX2.
    unsafe {
        let sign = _mm256_set1_ps(-0.0);
        let size = _mm256_andnot_ps(sign, v);
        let small = _mm256_cmp_ps::<_CMP_LT_OQ>(size, _mm256_set1_ps(f32::MIN_POSITIVE));
        _mm256_blendv_ps(v, _mm256_and_ps(v, sign), small)
    }
}

/// A fused multiply-add of eight lanes, with what is smaller than a normal number as zero
/// ([`add_products`]).
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn multiply_add_8(a: __m256, b: __m256, c: __m256) -> __m256 {
    // SAFETY: the caller runs on AVX2 and FMA.
    unsafe {
        let (sign, smallest) = (_mm256_set1_ps(-0.0), _mm256_set1_ps(f32::MIN_POSITIVE));
        let sum = _mm256_fmadd_ps(a, b, c);
        let small = _mm256_cmp_ps::<_CMP_LE_OQ>(_mm256_andnot_ps(sign, sum), smallest);
        if _mm256_movemask_ps(small) == 0 {
            return sum;
        }
        let scale = _mm256_set1_ps(SCALE);
        let scaled = _mm256_fmadd_ps(_mm256_mul_ps(a, scale), b, _mm256_mul_ps(c, scale));
        let smaller =
            _mm256_cmp_ps::<_CMP_LT_OQ>(_mm256_andnot_ps(sign, scaled), _mm256_mul_ps(smallest, scale));
        _mm256_blendv_ps(sum, _mm256_and_ps(sum, sign), _mm256_and_ps(small, smaller))
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn add_products_8(a: __m256, b: __m256, sum: __m256) -> __m256 {
    // SAFETY: the caller runs on AVX2 and FMA.
    unsafe {
        let upper = _mm256_castsi256_ps(_mm256_set1_epi32(!0xffff));
        let first = |v| _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_castps_si256(v)));
        let second = |v| _mm256_and_ps(v, upper);
        let sum = multiply_add_8(second(a), second(b), flushed_8(sum));
        multiply_add_8(first(a), first(b), sum)
    }
}

#[cfg(target_arch = "x86_64")]
impl Pairs<Avx2> for Halves {
    #[inline(always)]
    unsafe fn pair(first: (__m256, __m256), second: (__m256, __m256)) -> (__m256, __m256) {
        // SAFETY: the caller runs on AVX2.
        unsafe {
            let pair = |first, second| {
                let first = _mm256_srli_epi32::<16>(rounded_8(first));
                _mm256_castsi256_ps(_mm256_or_si256(first, rounded_8(second)))
            };
            (pair(first.0, second.0), pair(first.1, second.1))
        }
    }
    #[inline(always)]
    unsafe fn store_neighbours(p: *mut f32, v: (__m256, __m256)) {
        // SAFETY: the caller runs on AVX2 and vouches for eight places. Packing takes four lanes of either half at a
        // time, which are put in order afterwards.
        unsafe {
            let half = |v| _mm256_srli_epi32::<16>(rounded_8(v));
            let packed = _mm256_packus_epi32(half(v.0), half(v.1));
            _mm256_storeu_si256(p.cast(), _mm256_permute4x64_epi64::<0b11_01_10_00>(packed));
        }
    }
    #[inline(always)]
    unsafe fn add_products(
        a: (__m256, __m256),
        b: (__m256, __m256),
        sum: (__m256, __m256),
    ) -> (__m256, __m256) {
        // SAFETY: the caller runs on AVX2 and FMA.
        unsafe { (add_products_8(a.0, b.0, sum.0), add_products_8(a.1, b.1, sum.1)) }
    }
}
