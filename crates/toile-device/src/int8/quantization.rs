//! How real numbers become bytes, and how sums of them become bytes again, in integers alone.

/// real = scale (byte - zero), for a byte from -128 to 127; 0 is a byte exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantization {
    /// What a step of the byte is worth.
    pub scale: f32,
    /// The byte of 0.
    pub zero: i32,
}

impl Quantization {
    /// For what lies between these two, and for 0.
    pub fn between([low, high]: [f32; 2]) -> Quantization {
        let (low, high) = (f64::from(low).min(0.0), f64::from(high).max(0.0));
        let scale = ((high - low) / 255.0) as f32;
        // A tensor of nothing but zeros has no range.
        let scale = if scale > 0.0 { scale } else { 1.0 };
        let zero = (-128.0 - low / f64::from(scale)).round().clamp(-128.0, 127.0) as i32;
        Quantization { scale, zero }
    }

    /// The nearest byte.
    pub fn byte(self, real: f32) -> i8 {
        let steps = (f64::from(real) / f64::from(self.scale)).round() + f64::from(self.zero);
        steps.clamp(-128.0, 127.0) as i8
    }

    /// What a byte is worth.
    pub fn real(self, byte: i8) -> f32 {
        (f64::from(self.scale) * f64::from(i32::from(byte) - self.zero)) as f32
    }
}

/// A factor as a whole number over a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multiplier {
    /// The whole number.
    pub factor: i32,
    /// The power of two.
    pub shift: u32,
}

impl Multiplier {
    /// The nearest to a real factor, with so many bits: 31 at most.
    pub fn nearest(real: f64, bits: i32) -> Multiplier {
        if real <= 0.0 {
            return Multiplier { factor: 0, shift: 0 };
        }
        let shift = (bits - 1 - exponent(real)).clamp(0, 61);
        Multiplier::with_shift(real, shift as u32)
    }

    /// The nearest to a real factor over this power of two.
    pub fn with_shift(real: f64, shift: u32) -> Multiplier {
        let factor = (real * 2f64.powi(shift as i32)).round().min(f64::from(i32::MAX)) as i32;
        Multiplier { factor, shift }
    }

    /// The product with a sum of 32 bits, rounded; halves away from 0.
    pub fn times(self, sum: i32) -> i32 {
        rounded(i64::from(sum) * i64::from(self.factor), 1i64 << self.shift)
    }
}

/// The power of two at or below a positive number: its bits say it, where a logarithm might differ between machines.
fn exponent(real: f64) -> i32 {
    (real.to_bits() >> 52) as i32 - 1023
}

/// The whole number nearest to a quotient; halves away from 0. What does not fit into 32 bits is cut off.
pub fn rounded(dividend: i64, divisor: i64) -> i32 {
    let half = divisor / 2;
    let quotient = (if dividend < 0 { dividend - half } else { dividend + half }) / divisor;
    quotient.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

/// The byte of a sum.
pub fn saturated(value: i32, low: i32) -> i8 {
    value.clamp(low, 127) as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_a_byte_and_the_ends_of_the_range_are_within_half_a_step() {
        for range in [[0.0, 6.0], [-1.0, 3.0], [-5.0, -1.0], [0.0, 0.0], [-1e-3, 1e3]] {
            let q = Quantization::between(range);
            assert_eq!(q.real(q.byte(0.0)), 0.0, "{range:?}");
            for real in range {
                let off = (q.real(q.byte(real)) - real).abs();
                assert!(off <= 0.501 * q.scale, "{range:?}: {off}");
            }
        }
    }

    #[test]
    fn multipliers_are_exact_to_their_bits_and_round_halves_away_from_zero() {
        for real in [1e-9, 0.003, 0.5, 0.999_999_999_9, 1.0, 37.5] {
            let product = Multiplier::nearest(real, 31).times(1 << 20);
            let expected = (real * f64::from(1 << 20)).round();
            assert!((f64::from(product) - expected).abs() <= 1.0, "{real}: {product}, not {expected}");
        }
        let halves = [-3, -1, 1, 3].map(|odd| rounded(odd, 2));
        assert_eq!(halves, [-2, -1, 1, 2]);
        assert_eq!(Multiplier::nearest(0.5, 31).times(-3), -2);
    }
}
