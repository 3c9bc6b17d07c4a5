//! From pixel bytes to the numbers a network sees.

/// Why a normalization is none.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NormalizeError {
    /// Means and deviations do not come in pairs.
    #[error("{means} means and {deviations} deviations: expected one of each a channel")]
    Channels {
        /// Number of means.
        means: usize,
        /// Number of deviations.
        deviations: usize,
    },
    /// A value no division can use.
    #[error(
        "channel {channel}: mean {mean}, deviation {std}: expected finite numbers, the deviation above 0"
    )]
    Value {
        /// From 0.
        channel: usize,
        /// Its mean.
        mean: f32,
        /// Its deviation.
        std: f32,
    },
}

/// (byte / 255 - mean) / std, each operation rounded to f32 in this order (as PyTorch's `ToTensor` and
/// `Normalize` do), worked out once for the 256 bytes of each channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalizer {
    tables: Vec<[f32; 256]>,
}

impl Normalizer {
    /// A mean and a deviation a channel, in units of the pixel's range [0, 1].
    ///
    /// # Errors
    /// Lists of different or no length, values that are not finite, deviations not above 0.
    pub fn new(mean: &[f32], std: &[f32]) -> Result<Normalizer, NormalizeError> {
        if mean.len() != std.len() || mean.is_empty() {
            return Err(NormalizeError::Channels { means: mean.len(), deviations: std.len() });
        }
        let table = |(channel, (&mean, &std)): (usize, (&f32, &f32))| {
            if !mean.is_finite() || !std.is_finite() || std <= 0.0 {
                return Err(NormalizeError::Value { channel, mean, std });
            }
            Ok(std::array::from_fn(|byte| (byte as f32 / 255.0 - mean) / std))
        };
        let tables = mean.iter().zip(std).enumerate().map(table).collect::<Result<_, _>>()?;
        Ok(Normalizer { tables })
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.tables.len()
    }

    /// The number for this byte in this channel.
    pub fn value(&self, channel: usize, byte: u8) -> f32 {
        self.tables[channel][usize::from(byte)]
    }

    /// Writes the numbers for `pixels`, whose channel is innermost. Allocates nothing.
    ///
    /// # Panics
    /// Another length of `out`, or pixels that are not whole.
    pub fn apply(&self, pixels: &[u8], out: &mut [f32]) {
        assert_eq!(pixels.len(), out.len(), "a number for each byte");
        assert_eq!(pixels.len() % self.tables.len(), 0, "a table for each channel");
        if let [table] = &self.tables[..] {
            for (out, &byte) in out.iter_mut().zip(pixels) {
                *out = table[usize::from(byte)];
            }
            return;
        }
        let channels = self.tables.len();
        for (out, pixel) in out.chunks_exact_mut(channels).zip(pixels.chunks_exact(channels)) {
            for ((out, &byte), table) in out.iter_mut().zip(pixel).zip(&self.tables) {
                *out = table[usize::from(byte)];
            }
        }
    }
}

impl Normalizer {
    /// As [`Normalizer::apply`], the last pixel first.
    ///
    /// # Panics
    /// Another length of `out`, or pixels that are not whole.
    pub fn apply_mirrored(&self, pixels: &[u8], out: &mut [f32]) {
        assert_eq!(pixels.len(), out.len(), "a number for each byte");
        assert_eq!(pixels.len() % self.tables.len(), 0, "a table for each channel");
        if let [table] = &self.tables[..] {
            for (out, &byte) in out.iter_mut().zip(pixels.iter().rev()) {
                *out = table[usize::from(byte)];
            }
            return;
        }
        let channels = self.tables.len();
        for (out, pixel) in out.chunks_exact_mut(channels).zip(pixels.chunks_exact(channels).rev()) {
            for ((out, &byte), table) in out.iter_mut().zip(pixel).zip(&self.tables) {
                *out = table[usize::from(byte)];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_formula_for_every_byte() {
        let normalizer = Normalizer::new(&[0.0, 0.5], &[1.0, 0.25]).unwrap();
        for byte in 0..=255u8 {
            assert_eq!(normalizer.value(0, byte), f32::from(byte) / 255.0);
            assert_eq!(normalizer.value(1, byte), (f32::from(byte) / 255.0 - 0.5) / 0.25);
        }
        // As PyTorch: ((torch.tensor(200.) / 255) - 0.5) / 0.5
        assert_eq!(
            Normalizer::new(&[0.5], &[0.5]).unwrap().value(0, 200).to_bits(),
            0.568_627_5f32.to_bits()
        );
    }

    #[test]
    fn each_channel_has_its_table() {
        let normalizer = Normalizer::new(&[0.0, 0.5], &[1.0, 0.5]).unwrap();
        let mut out = [f32::NAN; 4];
        normalizer.apply(&[160, 180, 0, 20], &mut out);
        assert_eq!(out, [(0, 160), (1, 180), (0, 0), (1, 20)].map(|(c, byte)| normalizer.value(c, byte)));
        normalizer.apply_mirrored(&[160, 180, 0, 20], &mut out);
        assert_eq!(out, [(0, 0), (1, 20), (0, 160), (1, 180)].map(|(c, byte)| normalizer.value(c, byte)));
    }

    #[test]
    fn refuses_what_cannot_be_divided_by() {
        let cases: &[(&[f32], &[f32], &str)] = &[
            (&[0.5], &[0.5, 0.5], "1 means and 2 deviations: expected one of each a channel"),
            (&[], &[], "0 means and 0 deviations"),
            (&[0.5], &[0.0], "channel 0: mean 0.5, deviation 0"),
            (&[0.5, 0.5], &[0.5, -1.0], "channel 1: mean 0.5, deviation -1"),
            (&[f32::NAN], &[1.0], "channel 0: mean NaN"),
            (&[0.0], &[f32::INFINITY], "deviation inf"),
        ];
        for (mean, std, expected) in cases {
            let said = Normalizer::new(mean, std).unwrap_err().to_string();
            assert!(said.contains(expected), "{said:?} lacks {expected:?}");
        }
    }
}
