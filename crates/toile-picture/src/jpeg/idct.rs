//! The inverse transform of a block: the algorithm of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) with 11
//! multiplications a row, in 13 bits behind the point, as the reference library's "islow" has it. All sums are exact
//! until the two places where they are rounded, so that any order of them gives the same bits.

use std::num::Wrapping;

use super::block::{Block, ZIGZAG};

/// Bits behind the point of the constants.
const CONSTANT_BITS: usize = 13;
/// Bits behind the point that the first pass leaves for the second.
const BETWEEN_BITS: usize = 2;

/// Only damaged files have larger numbers; what they become must be the same everywhere, and is.
type Number = Wrapping<i32>;

/// A constant with 13 bits behind the point.
const fn constant(value: f64) -> Number {
    Wrapping((value * 8192.0 + 0.5) as i32)
}

const C0_298: Number = constant(0.298_631_336);
const C0_390: Number = constant(0.390_180_644);
const C0_541: Number = constant(0.541_196_100);
const C0_765: Number = constant(0.765_366_865);
const C0_899: Number = constant(0.899_976_223);
const C1_175: Number = constant(1.175_875_602);
const C1_501: Number = constant(1.501_321_110);
const C1_847: Number = constant(1.847_759_065);
const C1_961: Number = constant(1.961_570_560);
const C2_053: Number = constant(2.053_119_869);
const C2_562: Number = constant(2.562_915_447);
const C3_072: Number = constant(3.072_711_026);

/// Samples of 0 to 255 from quantized coefficients, into rows that are `stride` apart.
pub(super) fn idct(block: &Block, quantization: &[u16; 64], samples: &mut [u8], stride: usize) {
    let mut values = [Wrapping(0); 64];
    for (&place, &factor) in ZIGZAG.iter().zip(quantization) {
        values[place] = limited(Wrapping(i32::from(block[place]) * i32::from(factor)));
    }
    for column in 0..8 {
        let lines = std::array::from_fn(|row| values[8 * row + column]);
        for (row, value) in transformed(lines, CONSTANT_BITS - BETWEEN_BITS).into_iter().enumerate() {
            values[8 * row + column] = limited(value);
        }
    }
    for (row, line) in values.as_chunks::<8>().0.iter().enumerate() {
        // A transform of a block is eight times too large, and its middle is 0.
        let line = transformed(*line, CONSTANT_BITS + BETWEEN_BITS + 3);
        let out = &mut samples[row * stride..row * stride + 8];
        for (sample, value) in out.iter_mut().zip(line) {
            *sample = (value.0.saturating_add(128)).clamp(0, 255) as u8;
        }
    }
}

fn limited(value: Number) -> Number {
    Wrapping(value.0.clamp(i32::from(i16::MIN), i32::from(i16::MAX)))
}

/// One row or column, rounded to the nearest after a shift.
#[inline]
fn transformed(line: [Number; 8], shift: usize) -> [Number; 8] {
    // Even coefficients.
    let both = (line[2] + line[6]) * C0_541;
    let low = both - line[6] * C1_847;
    let high = both + line[2] * C0_765;
    let sum = (line[0] + line[4]) << CONSTANT_BITS;
    let difference = (line[0] - line[4]) << CONSTANT_BITS;
    let even = [sum + high, difference + low, difference - low, sum - high];

    // Odd coefficients.
    let [d0, d1, d2, d3] = [line[7], line[5], line[3], line[1]];
    let all = (d0 + d1 + d2 + d3) * C1_175;
    let (z1, z2) = ((d0 + d3) * -C0_899, (d1 + d2) * -C2_562);
    let (z3, z4) = ((d0 + d2) * -C1_961 + all, (d1 + d3) * -C0_390 + all);
    let odd = [d3 * C1_501 + z1 + z4, d2 * C3_072 + z2 + z3, d1 * C2_053 + z2 + z4, d0 * C0_298 + z1 + z3];

    let half = Wrapping(1 << (shift - 1));
    std::array::from_fn(|index| {
        let value = if index < 4 { even[index] + odd[index] } else { even[7 - index] - odd[7 - index] };
        (value + half) >> shift
    })
}

#[cfg(test)]
mod tests {
    use toile_testing::Chance;

    use super::*;

    /// The definition (T.81, A.3.3), in floating point.
    fn defined(block: &[f64; 64]) -> Vec<f64> {
        let scale = |index: usize| if index == 0 { 0.5_f64.sqrt() } else { 1.0 };
        let wave = |frequency: usize, place: usize| {
            (frequency as f64 * (2 * place + 1) as f64 * std::f64::consts::PI / 16.0).cos()
        };
        let sample = |y: usize, x: usize| -> f64 {
            let term = |v: usize, u: usize| scale(u) * scale(v) * block[8 * v + u] * wave(u, x) * wave(v, y);
            (0..64).map(|index| term(index / 8, index % 8)).sum::<f64>() / 4.0
        };
        (0..64).map(|index| sample(index / 8, index % 8)).collect()
    }

    #[test]
    fn it_is_the_defined_transform_rounded() {
        let quantization = std::array::from_fn(|index| 1 + index as u16 % 3);
        let mut worst = 0.0_f64;
        for case in 0..100 {
            let mut chance = Chance::new(81, case);
            let mut block = [0; 64];
            for _ in 0..chance.below(20) {
                block[chance.below(64)] = chance.below(120) as i16 - 60;
            }
            let mut values = [0.0; 64];
            for (&place, &factor) in ZIGZAG.iter().zip(&quantization) {
                values[place] = f64::from(block[place]) * f64::from(factor);
            }
            let mut samples = [0; 64];
            idct(&block, &quantization, &mut samples, 8);
            for (sample, exact) in samples.iter().zip(defined(&values)) {
                worst = worst.max((f64::from(*sample) - (exact + 128.0).clamp(0.0, 255.0)).abs());
            }
        }
        // Half a level is rounding to the nearest; the rest comes from 13 bits and two roundings.
        assert!((0.4..0.6).contains(&worst), "{worst}");
    }

    #[test]
    fn the_largest_numbers_are_cut_off_and_do_not_panic() {
        for value in [i16::MIN, i16::MAX] {
            for places in [1, 2, 64] {
                let mut block = [0; 64];
                block[..places].fill(value);
                let mut samples = [7; 64];
                idct(&block, &[u16::MAX; 64], &mut samples, 8);
                let expected = if value < 0 { 0 } else { 255 };
                assert!(places > 1 || samples == [expected; 64], "{samples:?}");
            }
        }
    }
}
