//! Which nodes of a network one stage of the engine does at once.

use crate::description::network::Node;
use crate::graph::place::TensorId;
use crate::graph::tail::Tail;
use crate::order::{Step, projections_first};

/// What a stage is made of: one node, or several that one kernel does at once.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    /// Indices of the nodes. The first one's layer makes the stage.
    pub(crate) nodes: Vec<usize>,
    /// What the others are to it.
    pub(crate) tails: Vec<Tail>,
    /// Tensor that the last node writes.
    pub(crate) output: TensorId,
}

impl Group {
    /// Whether it does nothing: its output is its input.
    pub(crate) fn is_view(&self, nodes: &[Node]) -> bool {
        self.nodes.iter().all(|&node| nodes[node].op.operation().is_view())
    }
}

impl Step for Group {
    fn first(&self) -> usize {
        self.nodes[0]
    }

    fn output(&self) -> TensorId {
        self.output
    }
}

/// Groups nodes that one stage does, in the order in which they run: a node joins while it alone reads what the one before
/// wrote.
pub(crate) fn groups(nodes: &[Node]) -> Vec<Group> {
    let readers = readers(nodes);
    let mut groups: Vec<Group> = vec![];
    let mut start = 0;
    while start < nodes.len() {
        let mut group = match summand_that_waits(nodes, &readers, &groups, start) {
            Some(summand) => {
                let Group { nodes: mut summand, mut tails, .. } = groups.remove(summand);
                summand.push(start);
                tails.extend(tail(nodes, start));
                Group { nodes: summand, tails, output: start + 1 }
            }
            None => Group { nodes: vec![start], tails: vec![], output: start + 1 },
        };
        let leader = nodes[group.nodes[0]].op.operation();
        // The output of the group so far is the tensor `group.output`, which is also the next node's index.
        while let Some(next) = nodes.get(group.output) {
            let reads_it_alone = readers[group.output] == 1 && next.place.input() == group.output;
            let Some(tail) = tail(nodes, group.output).filter(|_| reads_it_alone) else { break };
            if tail != Tail::Nothing && !leader.accepts(&group.tails, &tail) {
                break;
            }
            group.nodes.push(group.output);
            group.tails.push(tail);
            group.output += 1;
        }
        start = group.output;
        groups.push(group);
    }
    projections_first(nodes, &mut groups);
    groups
}

fn tail(nodes: &[Node], node: usize) -> Option<Tail> {
    nodes[node].op.operation().tail(&nodes[node].place)
}

/// Where node `add` is the sum at the end of a residual block: the group that only makes its summand and can
/// be put off until the sum. The convolution of a projection may stand between the two.
fn summand_that_waits(nodes: &[Node], readers: &[usize], groups: &[Group], add: usize) -> Option<usize> {
    let place = &nodes[add].place;
    let Tail::Sum { skip } = tail(nodes, add)? else { return None };
    let summand = place.input();
    let group = groups.iter().position(|group| group.output == summand)?;
    let [only] = groups[group].nodes[..] else { return None };
    // Whoever reads the same tensor in between adds to its gradient in between.
    let read_by_the_summand = nodes[only].place.input();
    let between = &nodes[summand..add];
    (nodes[only].op.operation().waits_for_sum()
        && readers[summand] == 1
        && skip != summand
        && between.iter().all(|node| node.place.input() != read_by_the_summand))
    .then_some(group)
}

/// How many times each tensor is read.
pub(crate) fn readers(nodes: &[Node]) -> Vec<usize> {
    let mut readers = vec![0; nodes.len() + 1];
    for input in nodes.iter().flat_map(|node| &node.place.inputs) {
        readers[*input] += 1;
    }
    readers
}
