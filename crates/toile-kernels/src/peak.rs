//! What this machine could do at best: the ceiling that benchmarks are measured against.

use std::hint::black_box;
use std::time::Instant;

use crate::simd::{Simd, versions};
use crate::team::Team;

/// Fused multiply-adds of a try.
const COUNT: usize = 4_800_000;
const TRIES: usize = 20;
/// No further try after this many seconds: where fused multiply-adds are computed in software, one takes long.
const SECONDS: f64 = 0.5;

/// Floating-point operations a second (a fused multiply-add is two) that the team's threads reach together
/// in registers; the best of a few tries.
pub fn flops(team: &mut Team) -> f64 {
    let (isa, threads) = (team.isa(), team.threads());
    let mut best: f64 = 0.0;
    let first = Instant::now();
    for _ in 0..TRIES {
        let start = Instant::now();
        team.for_each(threads, |_, _| {
            // SAFETY: only registers; the caller vouches for the instruction set `S`.
            black_box(unsafe { multiply_add(isa, black_box(COUNT)) });
        });
        let operations = (threads * COUNT * crate::LANES * 2) as f64;
        best = best.max(operations / start.elapsed().as_secs_f64());
        if first.elapsed().as_secs_f64() > SECONDS {
            break;
        }
    }
    best
}

versions! {
    /// Chains side by side: more than any pipeline is deep, no more than the registers hold.
    fn multiply_add<S>(count: usize) -> f32 {
        if S::WIDE { chains::<S, 12>(count / 12) } else { chains::<S, 6>(count / 6) }
    }
}

#[inline(always)]
unsafe fn chains<S: Simd, const N: usize>(rounds: usize) -> f32 {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe {
        let (a, b) = (S::splat(black_box(0.9999)), S::splat(black_box(0.0001)));
        let mut chains = [S::splat(1.0); N];
        for _ in 0..rounds {
            for chain in &mut chains {
                *chain = S::fma(*chain, a, b);
            }
        }
        let mut sum = S::zero();
        for chain in chains {
            sum = S::add(sum, chain);
        }
        S::tree_sum(sum)
    }
}
