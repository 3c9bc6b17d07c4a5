//! Forward and backward, node by node.

use toile_kernels::real::Real;

use super::node::{Backward, Forward, Gradients, Mode, Saved};
use crate::description::Network;
use crate::description::network::Node;
use crate::graph::follow::Follow;
use crate::graph::place::TensorId;
use crate::order::projections_first;
use crate::state::StateDict;

/// All tensors of a forward run, by [`crate::description::TensorId`], and what each node saved.
pub(super) struct Tape<T> {
    pub(super) tensors: Vec<Vec<T>>,
    pub(super) saved: Vec<Saved>,
}

/// Runs all nodes on whole images.
pub(super) fn forward<T: Real>(
    network: &Network,
    state: &StateDict<T>,
    images: &[T],
    mode: Mode<'_>,
) -> Tape<T> {
    let mut tape = Tape { tensors: vec![images.to_vec()], saved: vec![] };
    go_on(network, state, &mut tape, mode);
    tape
}

/// Runs the nodes whose tensors the tape does not have yet.
pub(super) fn go_on<T: Real>(network: &Network, state: &StateDict<T>, tape: &mut Tape<T>, mode: Mode<'_>) {
    let batch = tape.tensors[0].len() / network.input.len();
    for node in &network.nodes[tape.saved.len()..] {
        let place = &node.place;
        let inputs = place.inputs.iter().map(|&tensor| &tape.tensors[tensor][..]).collect();
        let parameters = &state.entries[place.parameters.clone()];
        let mut y = vec![T::ZERO; batch * place.output_shape.len()];
        let saved = node.op.plain().forward(&Forward { place, inputs, parameters, mode }, &mut y);
        tape.tensors.push(y);
        tape.saved.push(saved);
    }
}

/// Lets buffers follow what a forward run in training has seen.
pub(super) fn update_buffers<T: Real>(
    network: &Network,
    tape: &Tape<T>,
    state: &mut StateDict<T>,
    follow: Follow,
) {
    for (node, saved) in network.nodes.iter().zip(&tape.saved) {
        node.op.plain().update_buffers(saved, &mut state.entries[node.place.parameters.clone()], follow);
    }
}

/// The gradients of all parameters that learn from that of the logits. A view's gradient is that of what it is a
/// view of, in one place: there, too, whoever reads either of the two adds to what is known so far.
pub(super) fn backward<T: Real>(
    network: &Network,
    learns: &[bool],
    state: &StateDict<T>,
    tape: &Tape<T>,
    d_logits: Vec<T>,
) -> StateDict<T> {
    let (parameters, _) = way_back(network, state, tape, d_logits, 0);
    let all = network.parameters.iter().zip(parameters).zip(learns);
    let mut gradients = StateDict { entries: vec![] };
    for ((parameter, gradient), _) in all.filter(|(_, learns)| **learns) {
        gradients.push(&parameter.name, parameter.shape.clone(), gradient);
    }
    gradients
}

/// The gradient of a tensor from that of the logits.
pub(super) fn gradient_of<T: Real>(
    network: &Network,
    state: &StateDict<T>,
    tape: &Tape<T>,
    d_logits: Vec<T>,
    tensor: TensorId,
) -> Vec<T> {
    let (_, mut gradients) = way_back(network, state, tape, d_logits, tensor);
    gradients.take(tensor).expect("every tensor is read by a later node")
}

/// Goes back through the nodes behind a tensor: gradients of the parameters and of the tensors.
fn way_back<T: Real>(
    network: &Network,
    state: &StateDict<T>,
    tape: &Tape<T>,
    d_logits: Vec<T>,
    from: TensorId,
) -> (Vec<Vec<T>>, Gradients<T>) {
    let mut parameters: Vec<Vec<T>> = network.parameters.iter().map(|p| vec![T::ZERO; p.len()]).collect();
    let mut tensors = Gradients::new(homes(network));
    let [nodes @ .., last] = &network.nodes[..] else { unreachable!("a checked network has nodes") };
    tensors.set(last.place.input(), d_logits);
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    projections_first(nodes, &mut order);
    let behind = order.into_iter().filter(|&index| index >= from && !nodes[index].op.operation().is_view());
    for index in behind.rev() {
        let Node { op, place } = &nodes[index];
        let dy = tensors.take(index + 1).expect("every tensor is read by a later node");
        op.plain().backward(Backward {
            place,
            x: &tape.tensors[place.input()],
            dy: &dy,
            parameters: &state.entries[place.parameters.clone()],
            saved: &tape.saved[index],
            d_parameters: &mut parameters[place.parameters.clone()],
            gradients: &mut tensors,
        });
    }
    (parameters, tensors)
}

/// The tensor that each tensor is a view of: most of themselves.
fn homes(network: &Network) -> Vec<TensorId> {
    let mut homes = vec![0];
    for (index, node) in network.nodes.iter().enumerate() {
        let view = node.op.operation().is_view();
        homes.push(if view { homes[node.place.input()] } else { index + 1 });
    }
    homes
}
