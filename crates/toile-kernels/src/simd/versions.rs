//! A function for each instruction set.

/// Compiles a function over `S: Simd` once per instruction set. The name becomes a function whose first
/// argument is the [`Isa`](crate::isa::Isa) to run on.
///
/// The outer function is unsafe like its body: an `Isa` proves that its instructions exist, the pointers
/// are still the caller's to vouch for.
macro_rules! versions {
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$S:ident>($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        #[allow(clippy::too_many_arguments, reason = "pointers and sizes of one inner loop")]
        $vis unsafe fn $name(isa: $crate::isa::Isa, $($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            #[allow(clippy::too_many_arguments, reason = "pointers and sizes of one inner loop")]
            unsafe fn body<$S: $crate::simd::Simd>($($arg: $ty),*) $(-> $ret)? {
                // SAFETY: the caller of the outer function vouches for the pointers, its `Isa` for the
                // instructions.
                #[allow(unused_unsafe, reason = "bodies over slices need none")]
                unsafe {
                    $body
                }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            #[allow(clippy::too_many_arguments, reason = "pointers and sizes of one inner loop")]
            unsafe fn avx2($($arg: $ty),*) $(-> $ret)? {
                // SAFETY: the caller of the outer function vouches for the pointers; its `Isa`, by which it
                // chose this function, for AVX2 and FMA.
                unsafe { body::<$crate::simd::avx2::Avx2>($($arg),*) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512vl,avx512dq")]
            #[allow(clippy::too_many_arguments, reason = "pointers and sizes of one inner loop")]
            unsafe fn avx512($($arg: $ty),*) $(-> $ret)? {
                // SAFETY: the caller of the outer function vouches for the pointers; its `Isa`, by which it
                // chose this function, for AVX-512.
                unsafe { body::<$crate::simd::avx512::Avx512>($($arg),*) }
            }
            // SAFETY: an `Isa` is only made where its instructions have been detected; the caller vouches for
            // the pointers.
            unsafe {
                match isa.0 {
                    $crate::isa::Kind::Scalar => body::<$crate::simd::scalar::Scalar>($($arg),*),
                    #[cfg(target_arch = "x86_64")]
                    $crate::isa::Kind::Avx2 => avx2($($arg),*),
                    #[cfg(target_arch = "x86_64")]
                    $crate::isa::Kind::Avx512 | $crate::isa::Kind::Avx512Bf16 => avx512($($arg),*),
                }
            }
        }
    };
}
pub(crate) use versions;

/// As [`versions!`], of a function that also is over `P: Pairs<S>`: products of bf16.
macro_rules! pair_versions {
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$S:ident, $P:ident>($($arg:ident: $ty:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        #[allow(clippy::too_many_arguments, reason = "pointers and sizes of one inner loop")]
        $vis unsafe fn $name(isa: $crate::isa::Isa, $($arg: $ty),*) {
            #[inline(always)]
            #[allow(clippy::too_many_arguments, reason = "pointers and sizes of one inner loop")]
            unsafe fn body<$S: $crate::simd::Simd, $P: $crate::simd::Pairs<$S>>($($arg: $ty),*) {
                // SAFETY: the caller of the outer function vouches for the pointers, its `Isa` for the
                // instructions.
                unsafe { $body }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            #[allow(clippy::too_many_arguments, reason = "pointers and sizes of one inner loop")]
            unsafe fn avx2($($arg: $ty),*) {
                // SAFETY: the caller of the outer function vouches for the pointers; its `Isa`, by which it
                // chose this function, for AVX2 and FMA.
                unsafe { body::<$crate::simd::avx2::Avx2, $crate::simd::Halves>($($arg),*) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512vl,avx512dq")]
            #[allow(clippy::too_many_arguments, reason = "pointers and sizes of one inner loop")]
            unsafe fn avx512($($arg: $ty),*) {
                // SAFETY: the caller of the outer function vouches for the pointers; its `Isa`, by which it
                // chose this function, for AVX-512.
                unsafe { body::<$crate::simd::avx512::Avx512, $crate::simd::Halves>($($arg),*) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
            #[allow(clippy::too_many_arguments, reason = "pointers and sizes of one inner loop")]
            unsafe fn avx512bf16($($arg: $ty),*) {
                // SAFETY: the caller of the outer function vouches for the pointers; its `Isa`, by which it
                // chose this function, for AVX-512 and its bf16.
                unsafe { body::<$crate::simd::avx512::Avx512, $crate::simd::Instruction>($($arg),*) }
            }
            // SAFETY: an `Isa` is only made where its instructions have been detected; the caller vouches for
            // the pointers.
            unsafe {
                match isa.0 {
                    $crate::isa::Kind::Scalar => {
                        body::<$crate::simd::scalar::Scalar, $crate::simd::Halves>($($arg),*)
                    }
                    #[cfg(target_arch = "x86_64")]
                    $crate::isa::Kind::Avx2 => avx2($($arg),*),
                    #[cfg(target_arch = "x86_64")]
                    $crate::isa::Kind::Avx512 => avx512($($arg),*),
                    #[cfg(target_arch = "x86_64")]
                    $crate::isa::Kind::Avx512Bf16 => avx512bf16($($arg),*),
                }
            }
        }
    };
}
pub(crate) use pair_versions;
