//! Plain loops in which multiplying and adding is one instruction.
//!
//! A processor of x86-64 may lack it, so that plain code calls a function for each `mul_add`: the same bits, ten times
//! slower. Oracles and tests would wait for nothing else.

/// Runs `loops`, compiled for the instruction where the machine has it. What they do has to be inlined into them.
#[inline(always)]
pub(crate) fn with_multiply_add<R>(loops: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "fma")]
        fn with_instruction<R>(loops: impl FnOnce() -> R) -> R {
            loops()
        }
        if std::arch::is_x86_feature_detected!("fma") {
            // SAFETY: the instruction has just been detected.
            return unsafe { with_instruction(loops) };
        }
    }
    loops()
}
