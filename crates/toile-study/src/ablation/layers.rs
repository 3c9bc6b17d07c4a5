//! Hidden layers whose units can be ablated, and how.

use toile_kernels::random::{Purpose, permutation};
use toile_nn::description::{Family, Network, Node, Op, TensorId};
use toile_nn::state::StateDict;

/// A fully connected layer whose outputs go through an activation into another fully connected layer, and
/// nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiddenLayer {
    /// `fc1`.
    pub name: String,
    /// Its outputs.
    pub units: usize,
    /// The next layer's weight: `fc2.weight`, [out, units].
    pub next_weight: String,
}

/// All of them, in the order of the network.
pub fn hidden_layers(network: &Network) -> Vec<HiddenLayer> {
    let mut layers = Vec::new();
    for (index, node) in network.nodes.iter().enumerate() {
        if !matches!(node.op, Op::Linear(_)) {
            continue;
        }
        let Some(next) = next_linear(network, index + 1) else { continue };
        let Some(name) = network.name_of(node) else { continue };
        layers.push(HiddenLayer {
            name: name.to_owned(),
            units: node.place.output_shape.len(),
            next_weight: network.parameters_of(next)[0].name.clone(),
        });
    }
    layers
}

/// The fully connected layer that reads this tensor behind at least one activation.
fn next_linear(network: &Network, mut tensor: TensorId) -> Option<&Node> {
    let mut is_activated = false;
    loop {
        let reads = |node: &Node| node.place.inputs.contains(&tensor);
        let mut readers = network.nodes.iter().enumerate().filter(|(_, node)| reads(node));
        let ((index, node), None) = (readers.next()?, readers.next()) else { return None };
        match node.op {
            Op::Linear(_) if is_activated => return Some(node),
            // Nothing is dropped where a network is only asked.
            Op::Dropout(_) | Op::Identity(_) => {}
            _ if node.op.family() == Family::Activation => is_activated = true,
            _ => return None,
        }
        tensor = index + 1;
    }
}

/// Which draw of units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// Seed of the run.
    pub seed: u64,
    /// From 0.
    pub draw: u32,
    /// From 0 to 1.
    pub share: f64,
}

/// The units of the layer with this ordinal that are ablated, in no order that matters. Those of a smaller
/// share are among them.
pub fn ablated_units(draw: Draw, ordinal: usize, units: usize) -> Vec<usize> {
    let Draw { seed, draw, share } = draw;
    let count = (share * units as f64).round() as usize;
    let order = permutation(seed, Purpose::Ablation(ordinal as u16), draw, units);
    order.into_iter().take(count).map(|unit| unit as usize).collect()
}

/// Ablates units of all layers: the column of the next layer's weight that reads a unit becomes zero, which is
/// what an activation of zero comes to. The rest is not scaled.
///
/// # Panics
/// If the state dict is not that of the layers' network.
pub fn ablate(weights: &mut StateDict<f32>, layers: &[HiddenLayer], draw: Draw) {
    for (ordinal, layer) in layers.iter().enumerate() {
        let weight = weights.get_mut(&layer.next_weight).expect("the state dict is the network's");
        assert_eq!(weight.shape.get(1), Some(&layer.units), "{} reads {}", layer.next_weight, layer.name);
        let ablated = ablated_units(draw, ordinal, layer.units);
        for row in weight.data.chunks_exact_mut(layer.units) {
            ablated.iter().for_each(|&unit| row[unit] = 0.0);
        }
    }
}
