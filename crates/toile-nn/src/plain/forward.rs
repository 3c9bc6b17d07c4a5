//! Forward, node by node, keeping what backward needs.

use std::borrow::Cow;

use toile_kernels::avg_pool2d::reference::{self as avg_pool2d, AvgPoolGeometry};
use toile_kernels::batch_norm::reference::{self as batch_norm, Moments, Normalisation};
use toile_kernels::conv2d::Algorithm;
use toile_kernels::random::{Purpose, Stream};
use toile_kernels::real::Real;
use toile_kernels::{activation, add, conv2d, dropout, linear, log_softmax, max_pool2d};

use super::{DropoutMasks, geometry};
use crate::description::{Network, Node, Op, Shape};
use crate::fusion::{self, max_pooled};
use crate::state::StateDict;

/// How a network is run.
#[derive(Clone, Copy)]
pub(super) enum Mode<'a> {
    /// With dropout and the batch's statistics.
    Training { image_ids: &'a [u32], epoch: u32, seed: u64, masks: Option<&'a dyn DropoutMasks> },
    /// Without, and with the running statistics.
    Evaluation,
}

/// What a node keeps for backward beside its tensors.
pub(super) enum Saved<T> {
    Nothing,
    /// Max-pooling's winners, [image][row][column][channel].
    Winners(Vec<u16>),
    /// Dropout's kept units, [image][unit].
    Kept {
        scale: T,
        keep: Vec<bool>,
    },
    /// BatchNorm's statistics, [channel] each; `parameter` is the index of its first parameter.
    Normalisation {
        mean: Vec<T>,
        invstd: Vec<T>,
        moments: Vec<Moments>,
        momentum: f64,
        parameter: usize,
    },
}

/// All tensors of a forward run, by [`crate::description::TensorId`], and what each node saved.
pub(super) struct Tape<T> {
    pub(super) tensors: Vec<Vec<T>>,
    pub(super) saved: Vec<Saved<T>>,
    /// For each node, whether the engine fuses it with max-pooling.
    pub(super) max_pooled: Vec<bool>,
}

/// The values of parameter `index`.
pub(super) fn parameter<T>(state: &StateDict<T>, index: usize) -> &[T] {
    &state.entries[index].1.data
}

/// A `Linear` node's weight with its columns in memory order.
pub(super) fn linear_weight<'a, T: Real>(
    node: &Node,
    state: &'a StateDict<T>,
    weight: usize,
) -> Cow<'a, [T]> {
    let weight = parameter(state, weight);
    match node.input_shape {
        Shape::Features { flattened: Some(image), .. } => {
            let mut memory = vec![T::ZERO; weight.len()];
            linear::reference::to_memory_order(image, weight, &mut memory);
            Cow::Owned(memory)
        }
        _ => Cow::Borrowed(weight),
    }
}

/// Runs all nodes on whole images.
pub(super) fn run<T: Real>(network: &Network, state: &StateDict<T>, images: &[T], mode: Mode<'_>) -> Tape<T> {
    let batch = images.len() / network.input.len();
    let mut tape = Tape { tensors: vec![images.to_vec()], saved: vec![], max_pooled: max_pooled(network) };
    for (index, node) in network.nodes.iter().enumerate() {
        let mut y = vec![T::ZERO; batch * node.output_shape.len()];
        let saved = run_node(node, tape.max_pooled[index], state, &tape.tensors, &mut y, mode);
        tape.tensors.push(y);
        tape.saved.push(saved);
    }
    tape
}

fn run_node<T: Real>(
    node: &Node,
    max_pooled: bool,
    state: &StateDict<T>,
    tensors: &[Vec<T>],
    y: &mut [T],
    mode: Mode<'_>,
) -> Saved<T> {
    let x = &tensors[node.input][..];
    let [channels, ..] = node.input_shape.dims();
    match node.op {
        Op::Conv2d { window, weight, bias } => {
            let bias = bias.map(|bias| parameter(state, bias));
            let (g, weight) = (geometry::conv2d(node, window), parameter(state, weight));
            match geometry::algorithms::<T>(&g, max_pooled).forward {
                Algorithm::Direct => conv2d::reference::forward(&g, x, weight, bias, y),
                Algorithm::Winograd => conv2d::winograd::reference::forward(&g, x, weight, bias, y),
            }
        }
        Op::BatchNorm2d { eps, momentum, weight } => {
            return normalise(node, state, (eps, momentum, weight), x, y, mode);
        }
        Op::ReLU | Op::GELU { .. } => {
            let activation = fusion::activation(&node.op).expect("an activation");
            activation::reference::forward(activation, x, y);
        }
        Op::MaxPool2d { window } => {
            let mut winners = vec![0; y.len()];
            max_pool2d::reference::forward(&geometry::window(node, window), channels, x, y, &mut winners);
            return Saved::Winners(winners);
        }
        Op::AvgPool2d { window, count_include_pad } => {
            let window = geometry::window(node, window);
            avg_pool2d::forward(&AvgPoolGeometry::Sliding { window, count_include_pad }, channels, x, y);
        }
        Op::AdaptiveAvgPool2d => avg_pool2d::forward(&geometry::adaptive(node), channels, x, y),
        Op::Dropout { p, ordinal } => return drop(p, ordinal, node.input_shape.len(), node, x, y, mode),
        Op::Dropout2d { p, ordinal } => return drop(p, ordinal, channels, node, x, y, mode),
        Op::Flatten => y.copy_from_slice(x),
        Op::Linear { weight, bias } => {
            let bias = bias.map(|bias| parameter(state, bias));
            let weight = linear_weight(node, state, weight);
            linear::reference::forward(&geometry::linear(node), x, &weight, bias, y);
        }
        Op::LogSoftmax => log_softmax::reference::forward(node.input_shape.len(), x, y),
        Op::Add { skip } => add::reference::forward(x, &tensors[skip], y),
    }
    Saved::Nothing
}

fn normalise<T: Real>(
    node: &Node,
    state: &StateDict<T>,
    (eps, momentum, parameter_index): (f64, f64, usize),
    x: &[T],
    y: &mut [T],
    mode: Mode<'_>,
) -> Saved<T> {
    let g = geometry::batch_norm(node);
    let [gamma, beta, running_mean, running_variance] =
        [0, 1, 2, 3].map(|i| parameter(state, parameter_index + i));
    let moments = match mode {
        Mode::Training { .. } => batch_norm::moments(&g, x),
        Mode::Evaluation => vec![],
    };
    let (mean, invstd): (Vec<T>, Vec<T>) = match mode {
        Mode::Training { .. } => {
            let of = |m: &Moments| (T::from_f64(m.mean), batch_norm::invstd::<T>(m.variance(), eps));
            moments.iter().map(of).unzip()
        }
        Mode::Evaluation => {
            let invstd = running_variance.iter().map(|v| batch_norm::invstd(v.to_f64(), eps));
            (running_mean.to_vec(), invstd.collect())
        }
    };
    batch_norm::forward(&g, Normalisation { mean: &mean, invstd: &invstd, gamma }, beta, x, y);
    Saved::Normalisation { mean, invstd, moments, momentum, parameter: parameter_index }
}

fn drop<T: Real>(
    p: f64,
    ordinal: u16,
    units: usize,
    node: &Node,
    x: &[T],
    y: &mut [T],
    mode: Mode<'_>,
) -> Saved<T> {
    let Mode::Training { image_ids, epoch, seed, masks } = mode else {
        y.copy_from_slice(x);
        return Saved::Nothing;
    };
    let (threshold, scale) = (dropout::reference::threshold(p), dropout::reference::scale(p));
    let len = node.input_shape.len();
    let mut keep = Vec::with_capacity(image_ids.len() * units);
    for &image_id in image_ids {
        let stream = Stream::new(seed, Purpose::Dropout(ordinal), epoch, image_id);
        keep.extend((0..units).map(|unit| match masks {
            Some(masks) => masks.keep(ordinal, image_id, unit),
            None => dropout::reference::keep(&stream, threshold, unit),
        }));
    }
    for ((x, y), keep) in x.chunks_exact(len).zip(y.chunks_exact_mut(len)).zip(keep.chunks_exact(units)) {
        dropout::reference::apply(scale, keep, x, false, y);
    }
    Saved::Kept { scale, keep }
}
