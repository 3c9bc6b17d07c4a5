//! Which nodes of a network one stage of the engine does at once. The plain executor asks too: what is fused
//! decides which algorithm a convolution runs.

use crate::description::{Network, Node, Op, Pair, TensorId, Window};

/// What a stage is made of: one node, or several that one kernel does at once.
#[derive(Debug)]
pub(crate) struct Fused<'a> {
    pub(crate) nodes: &'a [Node],
    /// Tensor that the last node writes.
    pub(crate) output: TensorId,
}

impl Fused<'_> {
    /// Whether max-pooling is part of it.
    pub(crate) fn max_pools(&self) -> bool {
        self.nodes.iter().any(|node| matches!(node.op, Op::MaxPool2d { .. }))
    }
}

/// Groups nodes that one stage does: a node joins while it alone reads what the one before wrote.
pub(crate) fn fuse(network: &Network) -> Vec<Fused<'_>> {
    let readers = readers(network);
    let nodes = &network.nodes;
    let mut fused = vec![];
    let mut start = 0;
    while start < nodes.len() {
        let mut end = start + 1;
        while end < nodes.len()
            && readers[end] == 1
            && nodes[end].input == end
            && joins(&nodes[start..end], &nodes[end])
        {
            end += 1;
        }
        fused.push(Fused { nodes: &nodes[start..end], output: end });
        start = end;
    }
    fused
}

fn joins(stage: &[Node], next: &Node) -> bool {
    let has = |wanted: fn(&Op) -> bool| stage.iter().any(|n| wanted(&n.op));
    let relu = has(|op| *op == Op::ReLU);
    match (&stage[0].op, &next.op) {
        (Op::Conv2d { .. } | Op::BatchNorm2d { .. }, Op::ReLU) => !relu,
        (Op::Conv2d { .. }, Op::MaxPool2d { window }) => {
            let [_, height, width] = next.output_shape.dims();
            let [_, rows, columns] = next.input_shape.dims();
            let two = Window { kernel: Pair::square(2), stride: Pair::square(2), padding: Pair::square(0) };
            // `ceil_mode` with an odd size has windows over the edge: not fused.
            *window == two
                && [height, width] == [rows / 2, columns / 2]
                && !has(|op| matches!(op, Op::MaxPool2d { .. }))
        }
        (Op::Linear { .. }, Op::ReLU) => !relu && !has(|op| matches!(op, Op::Dropout { .. })),
        (Op::Linear { .. }, Op::Dropout { .. }) => !has(|op| matches!(op, Op::Dropout { .. })),
        _ => false,
    }
}

/// For each node, whether it is in one stage with max-pooling.
pub(crate) fn max_pooled(network: &Network) -> Vec<bool> {
    let stage = |stage: Fused<'_>| {
        let pooled = stage.max_pools();
        std::iter::repeat_n(pooled, stage.nodes.len())
    };
    fuse(network).into_iter().flat_map(stage).collect()
}

/// How many nodes read each tensor.
fn readers(network: &Network) -> Vec<usize> {
    let mut readers = vec![0; network.nodes.len() + 1];
    for node in &network.nodes {
        readers[node.input] += 1;
        if let Op::Add { skip } = node.op {
            readers[skip] += 1;
        }
    }
    readers
}
