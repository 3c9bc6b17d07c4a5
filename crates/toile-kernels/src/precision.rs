//! What products are computed in: f32, or bf16 with sums in f32.
//!
//! bf16 is the first half of an f32: its sign, its exponent and seven bits of its fraction. Products of two are exact in
//! f32. They are summed in pairs as Intel's VDPBF16PS does it (Intel 64 and IA-32 Architectures Software Developer's
//! Manual, volume 2, "VDPBF16PS"): of two pairs of factors the product of the second ones is added to the sum, then that
//! of the first ones, each by a fused multiply-add to nearest even, with what is smaller than a normal number taken for
//! zero before and after. Processors of AMD (Zen 4) do
//! the same, and whichever runs the instruction is asked whether it does (`simd/pairs_checked.rs`).

/// What the factors of products are rounded to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// They are f32, and stay so.
    #[default]
    F32,
    /// To bf16, to nearest even.
    Bf16,
}

impl Precision {
    /// All there are.
    pub const ALL: [Precision; 2] = [Precision::F32, Precision::Bf16];

    /// The one of this name, if there is one.
    pub fn named(name: &str) -> Option<Precision> {
        Precision::ALL.into_iter().find(|precision| precision.name() == name)
    }

    /// Its name in study files: `f32` or `bf16`.
    pub fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::Bf16 => "bf16",
        }
    }

    /// Places of four bytes that so many factors take.
    pub(crate) fn places(self, factors: usize) -> usize {
        match self {
            Precision::F32 => factors,
            Precision::Bf16 => factors.div_ceil(2),
        }
    }
}

/// What is smaller than a normal number as zero, which keeps its sign.
#[inline(always)]
pub fn flush(x: f32) -> f32 {
    if x.is_subnormal() { 0.0f32.copysign(x) } else { x }
}

/// To the nearest bf16, ties to even; what is smaller than a normal number to zero.
#[inline(always)]
pub fn round_to_bf16(x: f32) -> f32 {
    const FRACTION: u32 = 0xffff;
    const QUIET: u32 = 1 << 22;
    let bits = flush(x).to_bits();
    let rounded = if x.is_nan() { bits | QUIET } else { bits + FRACTION / 2 + (bits >> 16 & 1) };
    f32::from_bits(rounded & !FRACTION)
}

/// By how much numbers are scaled that may be smaller than normal ones, to see what they round to with their fraction whole.
pub const SCALE: f32 = (1u64 << 32) as f32;

/// a * b + c, rounded once to 24 bits, and then to zero where it is smaller than a normal number.
#[inline(always)]
fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
    let sum = a.mul_add(b, c);
    // Rounding to fewer bits than 24 makes the smallest normal number of some that are smaller.
    if sum.abs() <= f32::MIN_POSITIVE && (a * SCALE).mul_add(b, c * SCALE).abs() < f32::MIN_POSITIVE * SCALE {
        return 0.0f32.copysign(sum);
    }
    sum
}

/// `sum` with the products of two pairs of factors that are bf16, the second one's first.
#[inline(always)]
pub fn add_products(sum: f32, first: [f32; 2], second: [f32; 2]) -> f32 {
    multiply_add(first[0], first[1], multiply_add(second[0], second[1], flush(sum)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_to_nearest_even_and_flushes() {
        let one = 1.0f32.to_bits();
        // 1 + 2^-8 lies between 1 and 1 + 2^-7: the even one is 1; above, and next to it the other way.
        for (bits, rounded) in
            [(one | 0x8000, one), (one | 0x8001, one + 0x1_0000), (one | 0x1_8000, one + 0x2_0000)]
        {
            assert_eq!(round_to_bf16(f32::from_bits(bits)).to_bits(), rounded, "{bits:#x}");
        }
        assert_eq!(round_to_bf16(f32::MAX), f32::INFINITY);
        assert_eq!(round_to_bf16(-1e-40).to_bits(), (-0.0f32).to_bits());
        assert!(round_to_bf16(f32::NAN).is_nan());
        assert!(round_to_bf16(f32::from_bits(0x7f80_0001)).is_nan(), "a payload in the second half alone");
    }

    #[test]
    fn adds_the_second_product_first() {
        // 2^24 + 1 - 2^24: the 1 is lost where it comes to 2^24, and is not where it comes last.
        let large = 4096.0;
        assert_eq!(add_products(-large * large, [1.0, 1.0], [large, large]), 1.0);
        assert_eq!(add_products(large * large, [-large, large], [1.0, 1.0]), 0.0);
        assert_eq!(add_products(0.0, [1e-30, 1e-10], [0.0, 0.0]), 0.0, "smaller than a normal number");
    }

    /// 2^-126 - 2^-150 has 24 bits, and is no normal number; with the bits that are left there it would round to one.
    #[test]
    fn is_flushed_by_what_it_is_and_not_by_what_it_rounds_to() {
        let power = |n: i32| 2.0f32.powi(n);
        let smallest = f32::MIN_POSITIVE;
        assert_eq!(add_products(smallest, [0.0, 0.0], [power(-75), -power(-75)]), 0.0);
        assert_eq!(
            add_products(-smallest, [power(-75), power(-75)], [0.0, 0.0]).to_bits(),
            (-0.0f32).to_bits()
        );
        assert_eq!(add_products(smallest, [power(-75), -power(-76)], [0.0, 0.0]), smallest);
    }
}
