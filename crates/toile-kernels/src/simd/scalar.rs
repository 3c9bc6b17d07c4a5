//! Sixteen lanes in plain Rust: what runs where no wider instruction set is known.

use crate::fused::with_multiply_add;

use super::lanes::{self, LANES, Simd};

#[derive(Clone, Copy)]
pub(crate) struct Scalar;

#[inline(always)]
fn map(f: impl Fn(usize) -> f32) -> [f32; LANES] {
    std::array::from_fn(f)
}

/// On x86-64 this set runs where nothing better does, if at all: an operation is compiled once there, not in every kernel,
/// of which it would be most of the machine code. Elsewhere it is all there is, and becomes the machine's vectors.
macro_rules! operations {
    ($(unsafe fn $name:ident($($arguments:tt)*) $(-> $result:ty)? $body:block)*) => {
        $(
            #[cfg_attr(target_arch = "x86_64", inline(never))]
            #[cfg_attr(not(target_arch = "x86_64"), inline(always))]
            unsafe fn $name($($arguments)*) $(-> $result)? $body
        )*
    };
}

impl Simd for Scalar {
    type F = [f32; LANES];
    type M = [bool; LANES];
    type P = [u8; LANES];
    type First4 = Self;
    type First8 = Self;
    type First12 = Self;
    type Half = Self;
    const PARTS: bool = false;
    const WIDE: bool = false;

    operations! {
        unsafe fn splat(x: f32) -> Self::F {
            [x; LANES]
        }
        unsafe fn load(p: *const f32) -> Self::F {
            // SAFETY: sixteen values, the caller's promise.
            unsafe { p.cast::<[f32; LANES]>().read() }
        }
        unsafe fn store(p: *mut f32, v: Self::F) {
            // SAFETY: sixteen values, the caller's promise.
            unsafe { p.cast::<[f32; LANES]>().write(v) }
        }
        unsafe fn load_first(p: *const f32, n: usize) -> Self::F {
            // SAFETY: the caller has `n` values at `p`; no others are read.
            map(|i| if i < n { unsafe { *p.add(i) } } else { 0.0 })
        }
        unsafe fn store_first(p: *mut f32, n: usize, v: Self::F) {
            for (i, x) in v.into_iter().enumerate().take(n) {
                // SAFETY: the caller has room for `n` values at `p`; no others are written.
                unsafe { *p.add(i) = x };
            }
        }
        unsafe fn store_bytes_first(p: *mut u8, n: usize, v: Self::F) {
            for (i, x) in v.into_iter().enumerate().take(n) {
                // SAFETY: the caller has room for `n` values at `p`; no others are written.
                unsafe { *p.add(i) = x as u8 };
            }
        }
        unsafe fn load_bytes_first(p: *const u8, n: usize) -> Self::F {
            // SAFETY: the caller has `n` values at `p`; no others are read.
            map(|i| if i < n { unsafe { f32::from(*p.add(i)) } } else { 0.0 })
        }
        unsafe fn load_places_first(p: *const u8, n: usize) -> (Self::P, Self::M) {
            // SAFETY: the caller has `n` values at `p`; no others are read.
            let places = std::array::from_fn(|i| if i < n { unsafe { *p.add(i) } } else { 0 });
            (places, places.map(|place| place < 4))
        }
        unsafe fn place(which: u8) -> Self::P {
            [which; LANES]
        }
        unsafe fn select_place(m: Self::M, a: Self::P, b: Self::P) -> Self::P {
            std::array::from_fn(|i| if m[i] { a[i] } else { b[i] })
        }
        unsafe fn store_places_first(p: *mut u8, n: usize, places: Self::P) {
            // SAFETY: the caller has room for `n` values at `p`; no others are written.
            unsafe { std::ptr::copy_nonoverlapping(places.as_ptr(), p, n) }
        }
        unsafe fn choose(four: *const f32, place: Self::P) -> Self::F {
            // SAFETY: four values, the caller's promise.
            let four = unsafe { four.cast::<[f32; 4]>().read() };
            map(|i| four[usize::from(place[i] & 3)])
        }
        unsafe fn look_up(eight: &[f32; 8], number: Self::F) -> Self::F {
            map(|i| lanes::look_up(eight, number[i]))
        }
        unsafe fn add(a: Self::F, b: Self::F) -> Self::F {
            map(|i| a[i] + b[i])
        }
        unsafe fn sub(a: Self::F, b: Self::F) -> Self::F {
            map(|i| a[i] - b[i])
        }
        unsafe fn mul(a: Self::F, b: Self::F) -> Self::F {
            map(|i| a[i] * b[i])
        }
        unsafe fn div(a: Self::F, b: Self::F) -> Self::F {
            map(|i| a[i] / b[i])
        }
        unsafe fn sqrt(a: Self::F) -> Self::F {
            map(|i| a[i].sqrt())
        }
        unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F {
            with_multiply_add(
                #[inline(always)]
                || map(|i| a[i].mul_add(b[i], c[i])),
            )
        }
        unsafe fn min(a: Self::F, b: Self::F) -> Self::F {
            map(|i| if a[i] < b[i] { a[i] } else { b[i] })
        }
        unsafe fn abs(a: Self::F) -> Self::F {
            map(|i| a[i].abs())
        }
        unsafe fn mul_sign(a: Self::F, b: Self::F) -> Self::F {
            map(|i| if b[i].is_sign_negative() { -a[i] } else { a[i] })
        }
        unsafe fn max(a: Self::F, b: Self::F) -> Self::F {
            map(|i| if a[i] > b[i] { a[i] } else { b[i] })
        }
        unsafe fn gt(a: Self::F, b: Self::F) -> Self::M {
            std::array::from_fn(|i| a[i] > b[i])
        }
        unsafe fn le(a: Self::F, b: Self::F) -> Self::M {
            std::array::from_fn(|i| a[i] <= b[i])
        }
        unsafe fn eq(a: Self::F, b: Self::F) -> Self::M {
            std::array::from_fn(|i| a[i] == b[i])
        }
        unsafe fn ne(a: Self::F, b: Self::F) -> Self::M {
            std::array::from_fn(|i| a[i] != b[i])
        }
        unsafe fn is_nan(a: Self::F) -> Self::M {
            a.map(f32::is_nan)
        }
        unsafe fn or(a: Self::M, b: Self::M) -> Self::M {
            std::array::from_fn(|i| a[i] | b[i])
        }
        unsafe fn any(m: Self::M) -> bool {
            m.contains(&true)
        }
        unsafe fn select(m: Self::M, a: Self::F, b: Self::F) -> Self::F {
            map(|i| if m[i] { a[i] } else { b[i] })
        }
        unsafe fn tree_sum(mut v: Self::F) -> f32 {
            let mut half = LANES / 2;
            while half > 0 {
                for i in 0..half {
                    v[i] += v[i + half];
                }
                half /= 2;
            }
            v[0]
        }
        unsafe fn compress(
            m: Self::M,
            n: usize,
            first: u32,
            v: Self::F,
            indices: *mut u32,
            values: *mut f32,
        ) -> usize {
            let bits = (0..n).fold(0, |bits, i| bits | u32::from(m[i]) << i);
            // SAFETY: whoever calls a method of `Simd` vouches for the memory it names.
            unsafe { lanes::compress_bits(bits, first, &v, indices, values) }
        }
    }
}
