//! The processor's floating-point settings while results are computed.
//!
//! A program around Toile, or a library it loads, may have told its thread to flush denormals to zero or
//! to round another way. Threads inherit that from whoever starts them, and results would depend on it.

/// Runs `f` with IEEE 754's default settings (round to nearest, denormals kept), then gives the caller its
/// own back, also if `f` panics. Elsewhere than on x86-64 it only runs `f`.
pub fn with_default_settings<R>(f: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    let _own = x86_64::Kept::enter();
    f()
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use std::arch::asm;

    /// All exceptions masked, round to nearest, no flushing: what Rust assumes.
    const DEFAULT: u32 = 0x1f80;
    /// Bits that record what has happened, and set nothing.
    const RECORDS: u32 = 0x3f;

    /// The settings to return to, where they were others.
    pub(super) struct Kept(Option<u32>);

    impl Kept {
        pub(super) fn enter() -> Kept {
            let own = read();
            if own & !RECORDS == DEFAULT {
                return Kept(None);
            }
            // SAFETY: the default settings are those that compiled code expects.
            unsafe { write(DEFAULT) };
            Kept(Some(own))
        }
    }

    impl Drop for Kept {
        fn drop(&mut self) {
            if let Some(own) = self.0 {
                // SAFETY: whoever set them this way vouches for them; nothing of ours runs under them.
                unsafe { write(own) };
            }
        }
    }

    fn read() -> u32 {
        let mut settings = 0u32;
        // SAFETY: the instruction writes the four bytes of `settings`, a local variable, and nothing else.
        unsafe { asm!("stmxcsr [{}]", in(reg) &mut settings, options(nostack, preserves_flags)) };
        settings
    }

    /// # Safety
    /// Until they are the default again, only code that knows of it may compute.
    unsafe fn write(settings: u32) {
        // SAFETY: the caller promises what stands under Safety; reads four bytes. Memory counts as touched, so that
        // no load or store of a computed value moves across.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &settings, options(nostack)) };
    }
}
