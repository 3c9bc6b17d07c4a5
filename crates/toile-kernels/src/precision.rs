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
