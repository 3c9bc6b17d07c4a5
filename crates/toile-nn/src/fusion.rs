//! Which nodes of a network one stage of the engine does at once. The plain executor asks too: what is fused
//! decides which algorithm a convolution runs.

use toile_kernels::activation::Activation;

use crate::description::{Network, Node, Op, Pair, TensorId, Window};

/// What a stage is made of: one node, or several that one kernel does at once.
#[derive(Debug)]
pub(crate) struct Fused<'a> {
    pub(crate) nodes: Vec<&'a Node>,
    /// Tensor that the last node writes.
    pub(crate) output: TensorId,
}

/// The activation that a node is, if it is one.
pub(crate) fn activation(op: &Op) -> Option<Activation> {
    match *op {
        Op::ReLU => Some(Activation::ReLU),
        Op::GELU { tanh } => Some(Activation::GELU { tanh }),
        _ => None,
    }
}

impl Fused<'_> {
    /// The activation that is part of it.
    pub(crate) fn activation(&self) -> Option<Activation> {
        self.nodes.iter().find_map(|node| activation(&node.op))
    }

    /// Whether max-pooling is part of it.
    pub(crate) fn max_pools(&self) -> bool {
        self.nodes.iter().any(|node| matches!(node.op, Op::MaxPool2d { .. }))
    }
}

/// Groups nodes that one stage does: a node joins while it alone reads what the one before wrote.
pub(crate) fn fuse(network: &Network) -> Vec<Fused<'_>> {
    let readers = readers(network);
    let nodes = &network.nodes;
    let mut fused: Vec<Fused<'_>> = vec![];
    let mut start = 0;
    while start < nodes.len() {
        let mut stage = vec![];
        if let Some(summand) = normalised_summand(network, &readers, &fused, start) {
            stage.extend(fused.remove(summand).nodes);
        }
        stage.push(&nodes[start]);
        let mut end = start + 1;
        while end < nodes.len() && readers[end] == 1 && nodes[end].input == end && joins(&stage, &nodes[end])
        {
            stage.push(&nodes[end]);
            end += 1;
        }
        fused.push(Fused { nodes: stage, output: end });
        start = end;
    }
    fused
}

/// Where node `add` is the sum at the end of a residual block: the stage that only normalises its summand
/// and can be put off until the sum. The convolution of a projection may stand between the two.
fn normalised_summand(
    network: &Network,
    readers: &[usize],
    fused: &[Fused<'_>],
    add: usize,
) -> Option<usize> {
    let node = &network.nodes[add];
    let Op::Add { skip } = node.op else { return None };
    let stage = fused.iter().position(|stage| stage.output == node.input)?;
    let [only] = fused[stage].nodes[..] else { return None };
    // Whoever reads the same tensor in between adds to its gradient in between.
    let between = &network.nodes[node.input..add];
    (matches!(only.op, Op::BatchNorm2d { .. })
        && readers[node.input] == 1
        && skip != node.input
        && between.iter().all(|node| node.input != only.input))
    .then_some(stage)
}

fn joins(stage: &[&Node], next: &Node) -> bool {
    let has = |wanted: fn(&Op) -> bool| stage.iter().any(|n| wanted(&n.op));
    let activated = has(|op| activation(op).is_some());
    // A kernel that pools knows no activation but ReLU, whose order with pooling does not matter.
    let only_relu = !has(|op| activation(op).is_some_and(Activation::keeps_input));
    let pool = has(|op| matches!(op, Op::MaxPool2d { .. }));
    let sum = has(|op| matches!(op, Op::Add { .. }));
    match (&stage[0].op, &next.op) {
        (Op::Conv2d { .. }, Op::ReLU) => !activated,
        (Op::Conv2d { .. } | Op::BatchNorm2d { .. }, op) if activation(op).is_some() => !activated && !pool,
        (Op::Linear { .. }, op) if activation(op).is_some() => {
            !activated && !has(|op| matches!(op, Op::Dropout { .. }))
        }
        (Op::Conv2d { .. } | Op::BatchNorm2d { .. }, Op::MaxPool2d { window }) => {
            let [_, height, width] = next.output_shape.dims();
            let [_, rows, columns] = next.input_shape.dims();
            let two = Window { kernel: Pair::square(2), stride: Pair::square(2), padding: Pair::square(0) };
            // `ceil_mode` with an odd size has windows over the edge: not fused.
            *window == two && [height, width] == [rows / 2, columns / 2] && !pool && !sum && only_relu
        }
        (Op::Linear { .. }, Op::Dropout { .. }) => !has(|op| matches!(op, Op::Dropout { .. })),
        _ => false,
    }
}

/// For each node, whether it is in one stage with max-pooling.
pub(crate) fn max_pooled(network: &Network) -> Vec<bool> {
    let fused = fuse(network);
    let pooled = |node: &Node| {
        let has = |stage: &&Fused<'_>| stage.nodes.iter().any(|other| std::ptr::eq(*other, node));
        fused.iter().find(has).is_some_and(Fused::max_pools)
    };
    network.nodes.iter().map(pooled).collect()
}

/// How many nodes read each tensor.
pub(crate) fn readers(network: &Network) -> Vec<usize> {
    let mut readers = vec![0; network.nodes.len() + 1];
    for node in &network.nodes {
        readers[node.input] += 1;
        if let Op::Add { skip } = node.op {
            readers[skip] += 1;
        }
    }
    readers
}
