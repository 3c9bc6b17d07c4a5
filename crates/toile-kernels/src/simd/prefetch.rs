//! Memory that is asked for before it is needed.
//!
//! Processors see what comes where memory is read or written from front to back. Kernels walk it otherwise, a few
//! channels or pixels at a time, and a large batch's images are no longer in any cache when their turn comes again.

/// Asks for the cache line at `p` in the second-level cache, to be read or written. A hint: `p` may point anywhere.
#[inline(always)]
pub(crate) fn prefetch(p: *const f32) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: every x86-64 processor has the instruction, which no address makes fail.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(p.cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = p;
}

/// As [`prefetch`], to be written: where cores share no cache, a line that was read first is asked for twice, and the second
/// time is waited for.
#[inline(always)]
pub(crate) fn prefetch_to_write(p: *const f32) {
    #[cfg(target_arch = "x86_64")]
    // Written out: the compiler's intrinsic asks for reading unless the whole program is built for newer processors.
    // SAFETY: every processor with AVX2, and nearly every other of x86-64, has the instruction or passes over it, and no
    // address makes it fail.
    unsafe {
        std::arch::asm!("prefetchw [{p}]", p = in(reg) p, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = p;
}
