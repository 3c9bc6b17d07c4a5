//! From a network to the stages that run it.

use std::sync::Arc;

use toile_kernels::buffer::OutOfMemory;

use super::flow::Flow;
use super::left::FromOthers;
use super::parameters::{Packing, Unchanged};
use super::stage::{Built, Context, Site, Sizes, Stage};
use super::tensors::Storage;
use crate::description::Network;

/// A compiled network.
#[derive(Debug)]
pub(super) struct Plan {
    stages: Vec<Box<dyn Stage>>,
    /// Whether each stage has anything to do going backward.
    pub(super) goes_back: Vec<bool>,
    /// Of each stage, the later one that leaves the gradient of its output to it.
    left_by: Vec<Option<usize>>,
    /// Of each stage, the earlier one that leaves its input to it.
    input_left_by: Vec<Option<usize>>,
    /// What each stage does, in words.
    pub(super) labels: Vec<String>,
    /// How each parameter lies in memory.
    pub(super) packings: Vec<Arc<dyn Packing>>,
    /// What lives between the stages.
    pub(super) storage: Storage,
    /// Whether a batch in memory need not be copied.
    pub(super) reads_in_place: bool,
    pub(super) sizes: Sizes,
}

impl Plan {
    /// `learns` says of each parameter whether it is trained.
    pub(super) fn new(network: &Network, learns: &[bool], sizes: Sizes) -> Result<Plan, OutOfMemory> {
        let flow = Flow::new(network, learns, sizes.batch_size);
        let reads_in_place = flow.reads_in_place(network);
        let unchanged = |len: usize| Arc::new(Unchanged { len }) as Arc<dyn Packing>;
        let mut packings: Vec<_> = network.parameters.iter().map(|p| unchanged(p.len())).collect();
        let (mut stages, mut labels) = (vec![], vec![]);
        for joint in &flow.joints {
            let node = &network.nodes[joint.group.nodes[0]];
            let site = Site {
                place: &node.place,
                learns: &learns[node.place.parameters.clone()],
                tails: &joint.group.tails,
                sources: &joint.sources,
                output: joint.output,
                input_layout: joint.input_layout,
                output_layout: joint.output_layout,
                measures: joint.measures,
                measured: joint.measured,
                is_left: joint.left_by.is_some(),
                leaves: joint.leaves,
                makes_input: joint.input_left_by.is_some(),
                leaves_output: joint.leaves_output,
                sizes,
            };
            let Built { stage, packings: own } =
                node.op.operation().stage(site)?.expect("a layer that is no view has a stage");
            stages.push(stage);
            for (packing, own) in packings[node.place.parameters.clone()].iter_mut().zip(own) {
                *packing = own;
            }
            let kinds = joint.group.nodes.iter().map(|&node| network.nodes[node].op.kind());
            labels.push(kinds.collect::<Vec<_>>().join(" + "));
        }
        let goes_back = flow.joints.iter().map(|joint| joint.has_gradient).collect();
        let left_by = flow.joints.iter().map(|joint| joint.left_by).collect();
        let input_left_by = flow.joints.iter().map(|joint| joint.input_left_by).collect();
        Ok(Plan {
            stages,
            goes_back,
            left_by,
            input_left_by,
            labels,
            packings,
            storage: flow.storage,
            reads_in_place,
            sizes,
        })
    }

    /// Runs a stage forward.
    pub(super) fn forward(&mut self, index: usize, context: &mut Context<'_>) {
        let (earlier, stages) = self.stages.split_at_mut(index);
        let output = self.input_left_by[index].map(|by| earlier[by].left_output());
        stages[0].forward_with_left(context, output);
    }

    /// Runs a stage backward, after all later ones.
    pub(super) fn backward(&mut self, index: usize, context: &mut Context<'_>) {
        let (earlier, stages) = self.stages.split_at_mut(index);
        let (stage, later) = stages.split_first_mut().expect("a stage");
        let from_others = FromOthers {
            left: self.left_by[index].map(|by| later[by - index - 1].left()),
            output: self.input_left_by[index].map(|by| earlier[by].left_output()),
        };
        stage.backward_with_left(context, from_others);
    }
}
