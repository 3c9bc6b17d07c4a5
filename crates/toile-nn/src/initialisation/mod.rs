//! Initial parameters.

mod eigen;
mod orthogonal;
mod whitening;

use toile_kernels::random::{Purpose, Stream};

use crate::description::{Initial, Network, Parameter};
use crate::executor::ImageRows;
use crate::state::StateDict;

/// As each layer says; without a setting PyTorch's defaults. Value `i` of parameter `n` comes from number `i` of the
/// stream (seed, `Init(n)`), in PyTorch's layout, a normal one from the numbers `2 i` and `2 i + 1`. What starts from
/// images is uniform as long as there are none: see [`state_of_images`].
pub fn initial_state(network: &Network, seed: u64) -> StateDict<f32> {
    let mut state = StateDict::default();
    for (ordinal, parameter) in network.parameters.iter().enumerate() {
        let stream = Stream::new(seed, Purpose::Init(ordinal as u16), 0, 0);
        state.push(&parameter.name, parameter.shape.clone(), values(parameter, stream));
    }
    state
}

/// The parameters as [`initial_state`] has them, but for those that start from training images, which are made from these:
/// so many images, their rows normalised as the network sees them. `None` where no parameter does.
pub fn state_of_images(
    network: &Network,
    seed: u64,
    rows: &dyn ImageRows,
    images: usize,
) -> Option<StateDict<f32>> {
    let of_images =
        |(_, parameter): &(usize, &Parameter)| matches!(parameter.initial, Initial::Whitening { .. });
    let mut whitened = network.parameters.iter().enumerate().filter(of_images).peekable();
    whitened.peek()?;
    let mut state = initial_state(network, seed);
    for (index, parameter) in whitened {
        let Initial::Whitening { eps, .. } = parameter.initial else { continue };
        let covariance = whitening::covariance(network.input.dims(), &parameter.shape, rows, images);
        let filters = whitening::filters(covariance, eps, parameter.shape[0]);
        state.entries[index].1.data = filters.into_iter().map(|value| value as f32).collect();
    }
    Some(state)
}

/// The values of one parameter.
fn values(parameter: &Parameter, stream: Stream) -> Vec<f32> {
    let len = parameter.len();
    match parameter.initial {
        Initial::Uniform { fan_in } | Initial::Whitening { fan_in, .. } => {
            uniform(len, stream, (1.0 / (fan_in as f64).sqrt()) as f32)
        }
        Initial::Zeros => vec![0.0; len],
        Initial::Ones => vec![1.0; len],
        Initial::KaimingUniform { fan_in } => uniform(len, stream, (6.0 / fan_in as f64).sqrt() as f32),
        Initial::KaimingNormal { fan_in } => {
            let deviation = (2.0 / fan_in as f64).sqrt();
            (0..len as u32).map(|i| (deviation * normal(stream, i)) as f32).collect()
        }
        Initial::Orthogonal => {
            let rows = parameter.shape[0];
            let drawn = (0..len as u32).map(|i| normal(stream, i)).collect();
            orthogonal::orthogonal(rows, len / rows, drawn).into_iter().map(|value| value as f32).collect()
        }
        Initial::Dirac { fan_in, groups } => {
            let mut values = uniform(len, stream, (1.0 / (fan_in as f64).sqrt()) as f32);
            for of_group in values.chunks_exact_mut(len / groups) {
                pass_channels_on(&parameter.shape, of_group);
            }
            values
        }
    }
}

/// Uniform in [-bound, bound).
fn uniform(len: usize, stream: Stream, bound: f32) -> Vec<f32> {
    (0..len as u32).map(|i| (2.0 * stream.uniform(i) - 1.0) * bound).collect()
}

/// Standard normal number `i` (Box and Muller 1958), with libm's functions, which are the same on every machine.
fn normal(stream: Stream, i: u32) -> f64 {
    // From 0, exclusive, to 1.
    let radius = 1.0 - f64::from(stream.uniform(2 * i));
    let angle = std::f64::consts::TAU * f64::from(stream.uniform(2 * i + 1));
    (-2.0 * libm::log(radius)).sqrt() * libm::cos(angle)
}

/// Of the filters of a group, whose weight has this shape, filter i passes the group's channel i on, as far as there are
/// both: 1 at the middle of its window, where that has one, else behind it (`torch.nn.init.dirac_`).
fn pass_channels_on(shape: &[usize], filters: &mut [f32]) {
    let [_, channels, height, width] = *shape else { return };
    let pixels = height * width;
    for (i, filter) in filters.chunks_exact_mut(channels * pixels).enumerate().take(channels) {
        filter.fill(0.0);
        filter[i * pixels + height / 2 * width + width / 2] = 1.0;
    }
}
