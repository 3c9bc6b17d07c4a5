//! Initial parameters.

use toile_kernels::random::{Purpose, Stream};

use crate::description::{Initial, Network};
use crate::state::StateDict;

/// As each layer says, which are PyTorch's defaults. Value `i` of parameter `n` comes from number `i` of the
/// stream (seed, `Init(n)`), in PyTorch's layout.
pub fn initial_state(network: &Network, seed: u64) -> StateDict<f32> {
    let mut state = StateDict::default();
    for (ordinal, parameter) in network.parameters.iter().enumerate() {
        let data = match parameter.initial {
            Initial::Uniform { fan_in } => {
                let bound = (1.0 / (fan_in as f64).sqrt()) as f32;
                let stream = Stream::new(seed, Purpose::Init(ordinal as u16), 0, 0);
                (0..parameter.len() as u32).map(|i| (2.0 * stream.uniform(i) - 1.0) * bound).collect()
            }
            Initial::Zeros => vec![0.0; parameter.len()],
            Initial::Ones => vec![1.0; parameter.len()],
        };
        state.push(&parameter.name, parameter.shape.clone(), data);
    }
    state
}
