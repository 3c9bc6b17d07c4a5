//! In which order the parts of a network run, and so who adds to which gradient first.

use crate::description::network::Node;
use crate::graph::place::TensorId;

/// What runs at once: one node or several.
pub(crate) trait Step {
    /// The first of its nodes.
    fn first(&self) -> usize;

    /// What the last one writes.
    fn output(&self) -> TensorId;
}

/// A node by its index.
impl Step for usize {
    fn first(&self) -> usize {
        *self
    }

    fn output(&self) -> TensorId {
        self + 1
    }
}

/// Puts the convolution of a projection in front of the block that it leads around. Going backward it comes last then, and
/// adds to a gradient that is there at the few places that it has read; where it was first, it would have to write zeros
/// to all others.
pub(crate) fn projections_first<S: Step>(nodes: &[Node], steps: &mut [S]) {
    for node in nodes {
        let &[_, skip] = &node.place.inputs[..] else { continue };
        let Some(projection) = steps.iter().position(|step| step.output() == skip) else { continue };
        let input = |step: &S| nodes[step.first()].place.input();
        let read = input(&steps[projection]);
        if let Some(block) = steps[..projection].iter().position(|step| input(step) == read) {
            steps[block..=projection].rotate_right(1);
        }
    }
}
