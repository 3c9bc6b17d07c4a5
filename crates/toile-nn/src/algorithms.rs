//! Which algorithm each convolution runs. Direct and Winograd have bits of their own, and which one pays
//! depends on what is fused with it; so the choice is made once, and stands in the network for both executors
//! to read.

use toile_kernels::precision::Precision;

use crate::description::network::{Network, Node};
use crate::fusion::groups;

/// Writes the choice for products of this precision into each node that has one.
pub(crate) fn choose(nodes: &mut [Node], precision: Precision) {
    for group in groups(nodes) {
        for &index in &group.nodes {
            let node = &mut nodes[index];
            node.place.algorithms = node.op.operation().algorithms(&node.place, &group.tails, precision);
        }
    }
}

impl Network {
    /// The same, trained with products of this precision.
    pub fn with_precision(mut self, precision: Precision) -> Network {
        choose(&mut self.nodes, precision);
        Network { precision, ..self }
    }
}
