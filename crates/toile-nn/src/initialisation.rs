//! Initial parameters.

use toile_kernels::random::{Purpose, Stream};

use crate::description::{Network, ParameterKind};
use crate::state::StateDict;

/// PyTorch's defaults: weights and biases of `Conv2d` and `Linear` uniform in [-b, b) with
/// b = 1 / sqrt(fan_in) (Kaiming's with a = sqrt(5)), BatchNorm with scale 1, shift 0, running mean 0 and
/// running variance 1. Value `i` of parameter `n` comes from number `i` of the stream (seed, `Init(n)`), in
/// PyTorch's layout.
pub fn initial_state(network: &Network, seed: u64) -> StateDict<f32> {
    let mut state = StateDict::default();
    for (ordinal, parameter) in network.parameters.iter().enumerate() {
        let data = match parameter.kind {
            ParameterKind::Weight | ParameterKind::Bias => {
                let bound = (1.0 / (parameter.fan_in as f64).sqrt()) as f32;
                let stream = Stream::new(seed, Purpose::Init(ordinal as u16), 0, 0);
                (0..parameter.len() as u32).map(|i| (2.0 * stream.uniform(i) - 1.0) * bound).collect()
            }
            ParameterKind::Scale | ParameterKind::RunningVariance => vec![1.0; parameter.len()],
            ParameterKind::Shift | ParameterKind::RunningMean => vec![0.0; parameter.len()],
        };
        state.push(&parameter.name, parameter.shape.clone(), data);
    }
    state
}
