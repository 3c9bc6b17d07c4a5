//! Numbers that depend on the number of a case alone.

use toile_kernels::random::{Purpose, Stream};

/// A sequence of numbers that looks random and belongs to the number of a case.
pub struct Chance {
    stream: Stream,
    drawn: u32,
}

impl Chance {
    /// That of this case. Tests with different `seed`s have nothing in common.
    pub fn new(seed: u64, case: u32) -> Self {
        Chance { stream: Stream::new(seed, Purpose::Split, 0, case), drawn: 0 }
    }

    /// A whole number below `bound`, all of them alike as long as `bound` is below 2^24.
    ///
    /// # Panics
    /// If there is none.
    pub fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "no number is below 0");
        self.drawn += 1;
        ((f64::from(self.stream.uniform(self.drawn)) * bound as f64) as usize).min(bound - 1)
    }

    /// One of these.
    ///
    /// # Panics
    /// If there are none.
    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Bytes of any value.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.below(256) as u8).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_the_same_again_and_like_no_other() {
        let drawn = |seed, case| Chance::new(seed, case).bytes(16);
        assert_eq!(drawn(1, 17), drawn(1, 17));
        assert_ne!(drawn(1, 17), drawn(1, 18));
        assert_ne!(drawn(1, 17), drawn(2, 17));
    }

    #[test]
    fn every_number_below_the_bound_is_drawn() {
        let mut chance = Chance::new(0, 0);
        let mut seen = [0; 5];
        (0..200).for_each(|_| seen[chance.below(5)] += 1);
        assert!(seen.iter().all(|times| *times > 10), "{seen:?}");
    }
}
