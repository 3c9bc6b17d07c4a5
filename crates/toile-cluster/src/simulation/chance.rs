//! Numbered chance: SplitMix64 (Steele, Lea and Flood 2014, section 4), so that a seed gives the same on every machine.

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Chance(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    pub(super) fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Exponentially distributed, with this mean.
    pub(super) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.uniform()).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_published_generator() {
        // The first three of seed 1234567, as in the generator's reference implementation.
        let mut chance = Chance::new(1_234_567);
        let found: Vec<u64> = (0..3).map(|_| chance.next()).collect();
        assert_eq!(found, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn exponential_times_have_their_mean() {
        let mut chance = Chance::new(1);
        let mean = (0..20_000).map(|_| chance.exponential(50.0)).sum::<f64>() / 20_000.0;
        assert!((mean - 50.0).abs() < 2.0, "{mean}");
    }
}
