//! Backward, node by node in reverse. A tensor may be read by several nodes: the first one visited
//! writes its gradient, the others add to it.

use toile_kernels::avg_pool2d::reference::{self as avg_pool2d, AvgPoolGeometry};
use toile_kernels::batch_norm::reference::{self as batch_norm, Normalisation};
use toile_kernels::conv2d::Algorithm;
use toile_kernels::real::Real;
use toile_kernels::{activation, add, conv2d, dropout, linear, max_pool2d};

use super::forward::{Saved, Tape, linear_weight, parameter};
use super::geometry;
use crate::description::{Network, Node, Op, Shape, TensorId};
use crate::fusion;
use crate::state::StateDict;

/// Gradients of the tensors, as far as they are known.
struct Gradients<T>(Vec<Option<Vec<T>>>);

impl<T: Real> Gradients<T> {
    /// The gradient of a tensor of `len` values to write, or to add to if the first result says so.
    fn take(&mut self, tensor: TensorId, len: usize) -> (bool, Vec<T>) {
        match self.0[tensor].take() {
            Some(gradient) => (true, gradient),
            None => (false, vec![T::ZERO; len]),
        }
    }

    /// Lets `write` write or, if told so, add to the gradient of a tensor of `len` values. Nobody needs
    /// that of the network's input.
    fn visit(&mut self, tensor: TensorId, len: usize, write: impl FnOnce(bool, &mut [T])) {
        if tensor == 0 {
            return;
        }
        let (accumulate, mut gradient) = self.take(tensor, len);
        write(accumulate, &mut gradient);
        self.0[tensor] = Some(gradient);
    }
}

/// The gradients of all trained parameters from that of the logits.
pub(super) fn run<T: Real>(
    network: &Network,
    state: &StateDict<T>,
    tape: &Tape<T>,
    dlogits: Vec<T>,
) -> StateDict<T> {
    let mut parameters: Vec<Vec<T>> = network.parameters.iter().map(|p| vec![T::ZERO; p.len()]).collect();
    let mut tensors = Gradients(vec![None; network.nodes.len() + 1]);
    let [nodes @ .., last] = &network.nodes[..] else { unreachable!("a checked network has nodes") };
    tensors.0[last.input] = Some(dlogits);
    for (index, node) in nodes.iter().enumerate().rev() {
        let dy = tensors.0[index + 1].take().expect("every tensor is read by a later node");
        run_node(node, index, state, tape, &dy, &mut parameters, &mut tensors);
    }
    let trained = network.parameters.iter().zip(parameters).filter(|(p, _)| p.trained());
    let mut gradients = StateDict { entries: vec![] };
    for (parameter, gradient) in trained {
        gradients.push(&parameter.name, parameter.shape.clone(), gradient);
    }
    gradients
}

fn run_node<T: Real>(
    node: &Node,
    index: usize,
    state: &StateDict<T>,
    tape: &Tape<T>,
    dy: &[T],
    parameters: &mut [Vec<T>],
    tensors: &mut Gradients<T>,
) {
    let x = &tape.tensors[node.input][..];
    let [channels, ..] = node.input_shape.dims();
    match node.op {
        Op::Conv2d { window, weight, bias } => {
            let g = geometry::conv2d(node, window);
            let (dweight, dbias) = weight_and_bias(parameters, weight, bias);
            let algorithms = geometry::algorithms::<T>(&g, tape.max_pooled[index]);
            match algorithms.weight_gradient {
                Algorithm::Direct => conv2d::reference::weight_gradient(&g, x, dy, dweight, dbias),
                Algorithm::Winograd => {
                    conv2d::winograd::reference::weight_gradient(&g, x, dy, dweight, dbias)
                }
            }
            tensors.visit(node.input, x.len(), |accumulate, dx| {
                let weight = parameter(state, weight);
                match algorithms.input_gradient {
                    Algorithm::Direct => conv2d::reference::input_gradient(&g, dy, weight, accumulate, dx),
                    Algorithm::Winograd => {
                        conv2d::winograd::reference::input_gradient(&g, dy, weight, accumulate, dx);
                    }
                }
            });
        }
        Op::BatchNorm2d { weight, .. } => {
            let Saved::Normalisation { mean, invstd, .. } = &tape.saved[index] else {
                unreachable!("a BatchNorm saves its statistics")
            };
            let n = Normalisation { mean, invstd, gamma: parameter(state, weight) };
            let [dgamma, dbeta] = &mut parameters[weight..weight + 2] else { unreachable!("two parameters") };
            let g = geometry::batch_norm(node);
            // The kernel also makes the parameters' gradients: it runs even where nobody needs dx.
            let (accumulate, mut dx) = tensors.take(node.input, x.len());
            batch_norm::gradients(&g, n, x, dy, [dgamma, dbeta], accumulate, &mut dx);
            tensors.0[node.input] = Some(dx);
        }
        Op::ReLU | Op::GELU { .. } => tensors.visit(node.input, x.len(), |accumulate, dx| {
            let activation = fusion::activation(&node.op).expect("an activation");
            activation::reference::input_gradient(activation, x, dy, accumulate, dx);
        }),
        Op::MaxPool2d { window } => {
            let Saved::Winners(winners) = &tape.saved[index] else {
                unreachable!("max-pooling saves its winners")
            };
            let g = geometry::window(node, window);
            tensors.visit(node.input, x.len(), |accumulate, dx| {
                max_pool2d::reference::input_gradient(&g, channels, dy, winners, accumulate, dx);
            });
        }
        Op::AvgPool2d { window, count_include_pad } => {
            let window = geometry::window(node, window);
            let g = AvgPoolGeometry::Sliding { window, count_include_pad };
            tensors.visit(node.input, x.len(), |accumulate, dx| {
                avg_pool2d::input_gradient(&g, channels, dy, accumulate, dx);
            });
        }
        Op::AdaptiveAvgPool2d => tensors.visit(node.input, x.len(), |accumulate, dx| {
            avg_pool2d::input_gradient(&geometry::adaptive(node), channels, dy, accumulate, dx);
        }),
        Op::Dropout { .. } | Op::Dropout2d { .. } => {
            let Saved::Kept { scale, keep } = &tape.saved[index] else {
                unreachable!("dropout saves its mask")
            };
            let len = node.input_shape.len();
            let units = if matches!(node.op, Op::Dropout { .. }) { len } else { channels };
            tensors.visit(node.input, x.len(), |accumulate, dx| {
                let images = dx.chunks_exact_mut(len).zip(dy.chunks_exact(len));
                for ((dx, dy), keep) in images.zip(keep.chunks_exact(units)) {
                    dropout::reference::apply(*scale, keep, dy, accumulate, dx);
                }
            });
        }
        Op::Flatten => tensors.visit(node.input, x.len(), |accumulate, dx| {
            add::reference::input_gradient(dy, accumulate, dx);
        }),
        Op::Linear { weight, bias } => {
            let g = geometry::linear(node);
            let (dweight, dbias) = weight_and_bias(parameters, weight, bias);
            linear::reference::weight_gradient(&g, x, dy, dweight, dbias);
            if let Shape::Features { flattened: Some(image), .. } = node.input_shape {
                let memory = dweight.to_vec();
                linear::reference::from_memory_order(image, &memory, dweight);
            }
            tensors.visit(node.input, x.len(), |accumulate, dx| {
                let weight = linear_weight(node, state, weight);
                linear::reference::input_gradient(&g, dy, &weight, accumulate, dx);
            });
        }
        Op::Add { skip } => {
            for summand in [node.input, skip] {
                tensors.visit(summand, dy.len(), |accumulate, dx| {
                    add::reference::input_gradient(dy, accumulate, dx);
                });
            }
        }
        Op::LogSoftmax => unreachable!("LogSoftmax is the last node alone"),
    }
}

/// The gradients of a weight and of the bias that follows it.
fn weight_and_bias<T>(
    parameters: &mut [Vec<T>],
    weight: usize,
    bias: Option<usize>,
) -> (&mut [T], Option<&mut [T]>) {
    let (left, right) = parameters.split_at_mut(weight + 1);
    (&mut left[weight], bias.map(|bias| &mut right[bias - weight - 1][..]))
}
