//! The first lanes of sixteen on AVX2: one register or half of one, where sixteen lanes take two. The first eight are also
//! AVX-512's half of a vector.

use std::arch::x86_64::*;

use super::avx2_parts::{first, store_up_to_4, store_up_to_8};
use super::vector::{Pair, Vector};

/// The first four lanes.
#[derive(Clone, Copy)]
pub(crate) struct First4;

/// The first eight.
#[derive(Clone, Copy)]
pub(crate) struct First8;

/// The first twelve.
pub(crate) type First12 = Pair<First8, First4>;

macro_rules! vector {
    ($name:ident, $register:ty, $lanes:literal, $load_first:ident, $store_first:ident,
     $set1:ident, $loadu:ident, $add:ident, $div:ident, $fmadd:ident, $max:ident, $zero:ident) => {
        impl Vector for $name {
            type F = $register;
            const LANES: usize = $lanes;
            const SUMS: usize = 12;

            #[inline(always)]
            unsafe fn splat(x: f32) -> Self::F {
                // SAFETY: whoever calls a method of `Vector` vouches for AVX2, and for the memory it names.
                unsafe { $set1(x) }
            }
            #[inline(always)]
            unsafe fn load(p: *const f32) -> Self::F {
                // SAFETY: whoever calls a method of `Vector` vouches for AVX2, and for the memory it names.
                unsafe { $loadu(p) }
            }
            #[inline(always)]
            unsafe fn load_first(p: *const f32, n: usize) -> Self::F {
                // SAFETY: whoever calls a method of `Vector` vouches for AVX2, and for the memory it names.
                unsafe { $load_first(p, n) }
            }
            #[inline(always)]
            unsafe fn store_first(p: *mut f32, n: usize, v: Self::F) {
                // SAFETY: whoever calls a method of `Vector` vouches for AVX2, and for the memory it names.
                unsafe { $store_first(p, n, v) }
            }
            #[inline(always)]
            unsafe fn add(a: Self::F, b: Self::F) -> Self::F {
                // SAFETY: whoever calls a method of `Vector` vouches for AVX2, and for the memory it names.
                unsafe { $add(a, b) }
            }
            #[inline(always)]
            unsafe fn div(a: Self::F, b: Self::F) -> Self::F {
                // SAFETY: whoever calls a method of `Vector` vouches for AVX2, and for the memory it names.
                unsafe { $div(a, b) }
            }
            #[inline(always)]
            unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F {
                // SAFETY: whoever calls a method of `Vector` vouches for AVX2, and for the memory it names.
                unsafe { $fmadd(a, b, c) }
            }
            #[inline(always)]
            unsafe fn relu(x: Self::F) -> Self::F {
                // SAFETY: whoever calls a method of `Vector` vouches for AVX2, and for the memory it names.
                unsafe { $max($zero(), x) }
            }
        }
    };
}

vector! {
    First4, __m128, 4, load_up_to_4, store_up_to_4,
    _mm_set1_ps, _mm_loadu_ps, _mm_add_ps, _mm_div_ps, _mm_fmadd_ps, _mm_max_ps, _mm_setzero_ps
}
vector! {
    First8, __m256, 8, load_up_to_8, store_up_to_8,
    _mm256_set1_ps, _mm256_loadu_ps, _mm256_add_ps, _mm256_div_ps, _mm256_fmadd_ps, _mm256_max_ps,
    _mm256_setzero_ps
}

/// The first `n` lanes (0 to 4) from memory, the others 0.
#[inline(always)]
unsafe fn load_up_to_4(p: *const f32, n: usize) -> __m128 {
    // SAFETY: the caller runs on AVX2 and vouches for `n` values.
    unsafe {
        match n {
            4 => _mm_loadu_ps(p),
            3 => _mm_movelh_ps(_mm_castsi128_ps(_mm_loadl_epi64(p.cast())), _mm_load_ss(p.add(2))),
            2 => _mm_castsi128_ps(_mm_loadl_epi64(p.cast())),
            1 => _mm_load_ss(p),
            _ => _mm_setzero_ps(),
        }
    }
}

/// As [`load_up_to_4`], up to 8.
#[inline(always)]
unsafe fn load_up_to_8(p: *const f32, n: usize) -> __m256 {
    // SAFETY: the caller runs on AVX2 and vouches for `n` values; masked-off lanes are not touched.
    unsafe { if n == 8 { _mm256_loadu_ps(p) } else { _mm256_maskload_ps(p, first(n).0) } }
}
