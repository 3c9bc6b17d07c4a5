//! The floating-point settings of whoever calls: they change no result, and they come back.

use std::arch::asm;
use std::panic::catch_unwind;

use toile_kernels::floats::with_default_settings;
use toile_kernels::isa::Isa;
use toile_kernels::team::Team;

/// All exceptions masked, round to nearest, no flushing: what Rust assumes.
const DEFAULT: u32 = 0x1f80;
/// Flush to zero, denormals are zero, round towards zero.
const FOREIGN: u32 = DEFAULT | 1 << 15 | 1 << 6 | 3 << 13;
/// Bits that record what has happened, and set nothing.
const RECORDS: u32 = 0x3f;

fn read() -> u32 {
    let mut settings = 0u32;
    // SAFETY: the instruction writes the four bytes of `settings`, a local variable, and nothing else.
    unsafe { asm!("stmxcsr [{}]", in(reg) &mut settings, options(nostack, preserves_flags)) };
    settings
}

/// # Safety
/// Until they are the default again, only code that knows of it may compute.
unsafe fn write(settings: u32) {
    // SAFETY: the caller promises what stands under Safety; reads four bytes.
    unsafe { asm!("ldmxcsr [{}]", in(reg) &settings, options(nostack)) };
}

/// Runs `f` under settings a library might have left behind.
fn under_foreign_settings<R>(f: impl FnOnce() -> R) -> R {
    // SAFETY: a test of what must not happen.
    unsafe { write(FOREIGN) };
    let result = f();
    let after = read() & !RECORDS;
    // SAFETY: these are the settings that compiled code expects.
    unsafe { write(DEFAULT) };
    assert_eq!(after, FOREIGN, "the caller has its settings back");
    result
}

#[test]
fn settings_come_back_after_a_panic() {
    under_foreign_settings(|| {
        let result = catch_unwind(|| with_default_settings(|| panic!("on purpose")));
        assert!(result.is_err());
    });
}

/// A denormal and an inexact quotient, from every item.
fn compute(team: &mut Team, items: usize) -> Vec<[u32; 2]> {
    let mut values = vec![1e-39f32; 2 * items];
    team.for_each_chunk(&mut values, 2, |_, _, pair| {
        pair[0] *= std::hint::black_box(0.5);
        pair[1] = std::hint::black_box(2.0f32) / std::hint::black_box(3.0);
    });
    values.chunks_exact(2).map(|pair| [pair[0].to_bits(), pair[1].to_bits()]).collect()
}

#[test]
fn the_callers_settings_change_no_result() {
    let expected = [(1e-39f32 * 0.5).to_bits(), (2.0f32 / 3.0).to_bits()];
    for threads in [1, 3] {
        for items in [1, 100] {
            // Threads inherit the settings of whoever starts them.
            let got = under_foreign_settings(|| {
                let mut team = Team::new(threads, Isa::best()).expect("threads");
                compute(&mut team, items)
            });
            assert!(got.iter().all(|pair| *pair == expected), "{threads} {items}: {got:x?}");
        }
    }
}
