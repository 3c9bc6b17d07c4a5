//! Numbered chance: each number is a function of the seed, the node and how many the node has had. What happens on one
//! node does not move what happens on another.

use toile_kernels::random::{Purpose, Stream};

/// The random numbers of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance {
    stream: Stream,
    drawn: u32,
}

impl Chance {
    pub(super) fn new(seed: u64, node: usize) -> Self {
        Chance { stream: Stream::new(seed, Purpose::Simulation, 0, node as u32), drawn: 0 }
    }

    /// From 0 to below 1.
    pub(super) fn uniform(&mut self) -> f64 {
        self.drawn += 1;
        f64::from(self.stream.uniform(self.drawn))
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
    fn exponential_times_have_their_mean_and_nodes_their_own() {
        let mut chance = Chance::new(1, 0);
        let mean = (0..20_000).map(|_| chance.exponential(50.0)).sum::<f64>() / 20_000.0;
        assert!((mean - 50.0).abs() < 2.0, "{mean}");
        assert_ne!(Chance::new(1, 0).uniform(), Chance::new(1, 1).uniform());
    }
}
