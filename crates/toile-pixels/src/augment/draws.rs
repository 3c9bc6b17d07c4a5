//! The random numbers of one transform for one image.

use toile_kernels::random::{Purpose, Stream};

/// When an image is augmented: with the image, all that its draws depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Seed of the run.
    pub seed: u64,
    /// Epoch, from 0.
    pub epoch: u32,
}

/// The random numbers of one transform for one image, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draws {
    stream: Stream,
    drawn: u32,
}

/// Numbers from here on are noise. No transform draws so many others.
const NOISE: u32 = 1 << 16;

impl Draws {
    /// Those of the transform at this place of the list.
    pub(super) fn new(moment: Moment, transform: usize, image: u32) -> Draws {
        let purpose = Purpose::Augment(transform as u16);
        Draws { stream: Stream::new(moment.seed, purpose, moment.epoch, image), drawn: 0 }
    }

    /// Uniform in [0, 1), a multiple of 2^-24.
    pub(super) fn uniform(&mut self) -> f64 {
        self.drawn += 1;
        f64::from(self.stream.uniform(self.drawn - 1))
    }

    /// Uniform from `low` to `high`.
    pub(super) fn between(&mut self, (low, high): (f64, f64)) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// A whole number below `bound`, all of them alike up to a bias of `bound` * 2^-32; 0 for 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.drawn += 1;
        let draw = u64::from(self.stream.u32(self.drawn - 1));
        ((draw * bound as u64) >> 32) as usize
    }

    /// True with probability `p`.
    pub(super) fn happens(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Random bytes beside the draws.
    pub(super) fn noise(&self) -> Noise {
        Noise { stream: self.stream, block: u32::MAX, bytes: [0; 16] }
    }
}

/// Random bytes, addressed by index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise {
    stream: Stream,
    block: u32,
    bytes: [u8; 16],
}

impl Noise {
    /// The byte with this index.
    pub(super) fn byte(&mut self, index: usize) -> u8 {
        let block = NOISE / 4 + (index / 16) as u32;
        if block != self.block {
            self.block = block;
            let words = self.stream.block(block).map(u32::to_le_bytes);
            self.bytes.copy_from_slice(words.as_flattened());
        }
        self.bytes[index % 16]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(image: u32) -> Draws {
        Draws::new(Moment { seed: 3, epoch: 1 }, 2, image)
    }

    #[test]
    fn whole_numbers_are_alike_and_probabilities_are_kept() {
        let (mut counts, mut happened) = ([0; 5], 0);
        for image in 0..20_000 {
            let mut draws = draws(image);
            counts[draws.below(5)] += 1;
            happened += u32::from(draws.happens(0.3));
            assert!(draws.happens(1.0) && !draws.happens(0.0));
        }
        // Five standard deviations.
        assert!(counts.iter().all(|count: &i32| (count - 4000).abs() < 283), "{counts:?}");
        assert!(happened.abs_diff(6000) < 324, "{happened}");
    }

    #[test]
    fn each_coordinate_makes_other_numbers() {
        let first = |moment, transform, image| Draws::new(moment, transform, image).uniform();
        let here = Moment { seed: 3, epoch: 1 };
        let one = first(here, 2, 0);
        assert_eq!(one, draws(0).uniform());
        for other in [
            first(Moment { seed: 4, ..here }, 2, 0),
            first(Moment { epoch: 2, ..here }, 2, 0),
            first(here, 1, 0),
            first(here, 2, 1),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn noise_is_addressed_by_index() {
        let mut forward = draws(0).noise();
        let bytes: Vec<u8> = (0..100).map(|index| forward.byte(index)).collect();
        let mut backward = draws(0).noise();
        assert!((0..100).rev().all(|index| backward.byte(index) == bytes[index]));
        assert!(bytes.iter().collect::<std::collections::HashSet<_>>().len() > 60, "{bytes:?}");
    }
}
