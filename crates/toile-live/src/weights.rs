//! The network's tensors as bytes of a page: little-endian, one after the other, in the order of the state dict.

use serde_json::{Value, json};
use toile_draw::base64;
use toile_study::trained::Trained;

/// How many bits a weight has in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightBits {
    /// As they were trained, in 32 bits.
    ThirtyTwo,
    /// Matrices and kernels rounded to 16 bits (IEEE 754 binary16, to the nearest, halves to even). Vectors stay as
    /// they are: they are small, and running variances may be too large.
    Sixteen,
}

/// Largest number that 16 bits hold.
const HALF_MAX: f32 = 65504.0;

/// Whether a tensor of this shape is rounded. One with values that 16 bits cannot hold is not.
fn is_half(bits: WeightBits, shape: &[usize], values: &[f32]) -> bool {
    bits == WeightBits::Sixteen && shape.len() > 1 && values.iter().all(|value| value.abs() <= HALF_MAX)
}

/// Bytes that the weights take as base64.
pub(crate) fn base64_bytes(trained: &Trained, bits: WeightBits) -> usize {
    let tensors = trained.weights.entries.iter().map(|(_, tensor)| tensor);
    let bytes = tensors.map(|t| t.data.len() * if is_half(bits, &t.shape, &t.data) { 2 } else { 4 });
    bytes.sum::<usize>().div_ceil(3) * 4
}

/// The weights as base64, and where each tensor stands in their bytes: `{ at, len, half }`, in the order of
/// `Network::parameters`.
pub(crate) fn packed(trained: &Trained, bits: WeightBits) -> (String, Vec<Value>) {
    let mut bytes = Vec::new();
    let mut places = Vec::new();
    for (_, tensor) in &trained.weights.entries {
        let half = is_half(bits, &tensor.shape, &tensor.data);
        places.push(json!({ "at": bytes.len(), "len": tensor.data.len(), "half": half }));
        match half {
            true => bytes.extend(tensor.data.iter().flat_map(|&value| half_bits(value).to_le_bytes())),
            false => bytes.extend(tensor.data.iter().flat_map(|value| value.to_le_bytes())),
        }
    }
    (base64::encode(&bytes), places)
}

/// The nearest number of 16 bits, halves to even, as its bits. What is larger than all of them becomes infinite.
fn half_bits(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16 & 0x8000) as u16;
    let magnitude = bits & 0x7fff_ffff;
    // NaN stays one.
    if magnitude > 0x7f80_0000 {
        return sign | 0x7e00;
    }
    // From 2^16 - 16 on, half a step above the largest number.
    if magnitude >= 0x477f_f000 {
        return sign | 0x7c00;
    }
    // Below 2^-14 the exponent stays and the fraction loses its places, 24 behind the point being the last.
    if magnitude < 0x3880_0000 {
        let steps = f64::from(f32::from_bits(magnitude)) * f64::from(1 << 24);
        return sign | steps.round_ties_even() as u16;
    }
    let rebased = magnitude - (112 << 23);
    let (kept, rest) = (rebased >> 13, rebased & 0x1fff);
    let up = rest > 0x1000 || (rest == 0x1000 && kept & 1 == 1);
    sign | (kept + u32::from(up)) as u16
}

#[cfg(test)]
mod tests {
    use super::half_bits;

    /// The definition: a sign, 5 bits of exponent, 10 of the fraction.
    fn of_half(bits: u16) -> f32 {
        let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
        let magnitude = match exponent {
            0 => fraction * 2f32.powi(-24),
            31 if fraction == 0.0 => f32::INFINITY,
            31 => f32::NAN,
            _ => (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
        };
        if bits >> 15 == 1 { -magnitude } else { magnitude }
    }

    #[test]
    fn every_number_of_16_bits_stays_itself_and_what_is_between_goes_to_the_nearest() {
        for bits in (0..=u16::MAX).filter(|bits| bits & 0x7fff <= 0x7c00) {
            assert_eq!(half_bits(of_half(bits)), bits, "{bits:#06x}");
        }
        assert!(of_half(half_bits(f32::NAN)).is_nan());
        for low in 0..0x7bff_u16 {
            let (below, above) = (of_half(low), of_half(low + 1));
            let middle = below + (above - below) / 2.0;
            let even = if low % 2 == 0 { low } else { low + 1 };
            assert_eq!(half_bits(middle), even, "the middle above {below}");
            assert_eq!(half_bits(middle.next_down()), low, "below the middle above {below}");
            assert_eq!(half_bits(middle.next_up()), low + 1, "above the middle above {below}");
        }
        assert_eq!([65519.0, 65520.0, 1e30, -1e30].map(half_bits), [0x7bff, 0x7c00, 0x7c00, 0xfc00]);
    }
}
