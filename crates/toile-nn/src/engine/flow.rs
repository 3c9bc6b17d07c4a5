//! How data flows between the stages of a network: where tensors lie, who adds to which gradient, who takes
//! whose moments. All of it is known before the first stage is built.

use toile_kernels::layout::Layout;

use super::placement::{Placement, Read, Step};
use super::stage::Source;
use super::tensors::Storage;
use crate::description::Network;
use crate::fusion::{Group, groups, readers};
use crate::graph::place::TensorId;
use crate::graph::shape::Shape;
use crate::graph::tail::Tail;

/// A stage to be, with all that is around it.
#[derive(Debug)]
pub(super) struct Joint {
    pub(super) group: Group,
    /// What it reads, in the order in which it writes their gradients.
    pub(super) sources: Vec<Source>,
    /// What it writes.
    pub(super) output: TensorId,
    /// Of its first node's first input, and of the output.
    pub(super) input_layout: Layout,
    pub(super) output_layout: Layout,
    /// Whether a later stage wants the moments of the output, which it can take.
    pub(super) measures: bool,
    /// Whether an earlier one has taken the moments of the input.
    pub(super) measured: bool,
    /// The later stage, if there is one, that leaves the gradient of the output to this one.
    pub(super) left_by: Option<usize>,
    /// Whether it leaves the gradient of the input to an earlier one.
    pub(super) leaves: bool,
    /// The earlier stage, if there is one, that leaves its output, the input, to this one.
    pub(super) input_left_by: Option<usize>,
    /// Whether it leaves its output to a later one.
    pub(super) leaves_output: bool,
    /// Whether it or anything before it learns.
    pub(super) has_gradient: bool,
}

/// The flow of a network.
#[derive(Debug)]
pub(super) struct Flow {
    /// In the order they run. The log-softmax at the end is the engine's own.
    pub(super) joints: Vec<Joint>,
    pub(super) storage: Storage,
}

impl Flow {
    /// `learns` says of each parameter whether it is trained.
    pub(super) fn new(network: &Network, learns: &[bool], batch_size: usize) -> Flow {
        let mut groups = groups(&network.nodes);
        groups.pop();
        let homes = homes(network, &groups);
        let layouts = layouts(network, &groups, &homes);
        let last = network.nodes.last().expect("a network ends in a log-softmax");
        let logits = homes[last.place.input()];
        groups.retain(|group| !group.is_view(&network.nodes));

        let has_gradient = has_gradient(network, learns, &homes);
        let steps = steps(network, &groups, &homes, &has_gradient);
        let makers = makers(network, &groups, &layouts, &steps);
        let inputs_left_by = inputs_left_by(network, &groups, &steps, logits);
        let left: Vec<TensorId> =
            inputs_left_by.iter().flatten().map(|&by: &usize| steps[by].output).collect();
        let Placement { places, lens, heirs, .. } =
            Placement::new(&steps, &makers, logits, &layouts, batch_size);
        let normalised = |step: &Step| step.reads.last().expect("a stage reads something").tensor;
        let leader = |group: &Group| network.nodes[group.nodes[0]].op.operation();
        let wanting = groups.iter().zip(&steps).filter(|(group, _)| leader(group).wants_moments());
        let measured: Vec<TensorId> = wanting.map(|(_, step)| normalised(step)).collect();
        let measuring = groups.iter().zip(&steps).filter(|(group, _)| leader(group).takes_moments());
        let taken: Vec<TensorId> =
            measuring.map(|(_, step)| step.output).filter(|output| measured.contains(output)).collect();

        let stored = |tensor: TensorId| layouts[tensor].expect("a tensor between stages has a layout");
        let joints =
            groups.into_iter().zip(steps).zip(heirs).enumerate().map(|(index, ((group, step), heir))| {
                let sources = step.reads.iter().enumerate().map(|(number, read)| {
                    let Read { tensor, gradient, accumulate } = *read;
                    Source { tensor, gradient, accumulate, shared: heir == Some(number) }
                });
                let first = &network.nodes[group.nodes[0]];
                Joint {
                    sources: sources.collect(),
                    output: step.output,
                    input_layout: stored(homes[first.place.input()]),
                    output_layout: stored(step.output),
                    has_gradient: has_gradient[step.output],
                    measures: taken.contains(&step.output),
                    measured: first.op.operation().wants_moments() && taken.contains(&normalised(&step)),
                    left_by: makers.iter().position(|&maker| maker == Some(index)),
                    leaves: makers[index].is_some(),
                    input_left_by: inputs_left_by[index],
                    leaves_output: left.contains(&step.output),
                    group,
                }
            });
        let joints = joints.collect();
        let storage =
            Storage { layouts, left, gradient_places: places, gradient_lens: lens, measured, logits };
        Flow { joints, storage }
    }

    /// Whether a batch in memory need not be copied: one stage alone reads it, which can read it as it is.
    pub(super) fn reads_in_place(&self, network: &Network) -> bool {
        let reads_input = |joint: &&Joint| joint.sources.iter().any(|source| source.tensor == 0);
        let mut readers = self.joints.iter().filter(reads_input);
        let (first, second) = (readers.next(), readers.next());
        let in_place = |joint: &Joint| network.nodes[joint.group.nodes[0]].op.operation().reads_in_place();
        first.is_some_and(in_place) && second.is_none()
    }
}

/// What each stage reads, the skip of a sum in front of what is normalised with it, and whose gradients it
/// is not the first to write: going backward, the first overwrites, the others add.
fn steps(network: &Network, groups: &[Group], homes: &[TensorId], has_gradient: &[bool]) -> Vec<Step> {
    let mut written = vec![false; homes.len()];
    let step = |group: &Group| {
        let leader = &network.nodes[group.nodes[0]].place;
        let skips = group.tails.iter().filter_map(|tail| match tail {
            Tail::Sum { skip } => Some(*skip),
            _ => None,
        });
        let skips: Vec<TensorId> = skips.collect();
        let skip = if skips.is_empty() { (leader.inputs.len() == 2).then_some(1) } else { Some(0) };
        let tensors = skips.into_iter().chain(leader.inputs.iter().copied()).map(|tensor| homes[tensor]);
        let reads = tensors.map(|tensor| {
            let accumulate = std::mem::replace(&mut written[tensor], true);
            Read { tensor, gradient: has_gradient[tensor], accumulate }
        });
        Step { reads: reads.collect(), output: homes[group.output], skip }
    };
    let mut steps: Vec<Step> = groups.iter().rev().map(step).collect();
    steps.reverse();
    steps
}

/// Of each stage the one that made its input, where the gradient of the input is left to that: the only other one that
/// knows the input, and able to. The gradient of the output, from which it is taken, has to be there
/// still: where a skip takes over its buffer, nobody in between may make anything of the skip, or add to its gradient.
fn makers(
    network: &Network,
    groups: &[Group],
    layouts: &[Option<Layout>],
    steps: &[Step],
) -> Vec<Option<usize>> {
    let leader = |index: usize| network.nodes[groups[index].nodes[0]].op.operation();
    let maker = |index: usize| {
        let step = &steps[index];
        let read = step.reads.last().filter(|read| read.gradient && leader(index).leaves_way_back())?;
        let maker = steps[..index].iter().position(|step| step.output == read.tensor)?;
        let readers =
            steps.iter().flat_map(|step| &step.reads).filter(|other| other.tensor == read.tensor).count();
        let heir = step.heir(layouts).map(|heir| step.reads[heir].tensor);
        let keeps = |between: usize| {
            let Step { reads, output, .. } = &steps[between];
            let made = Some(*output) == heir && !leader(between).takes_way_back();
            !made && reads.iter().all(|read| Some(read.tensor) != heir)
        };
        (readers == 1 && leader(maker).takes_way_back() && (maker..index).all(keeps)).then_some(maker)
    };
    (0..steps.len()).map(maker).collect()
}

/// Of each stage the one that leaves it its input: the one that made it, where nobody else reads it.
fn inputs_left_by(
    network: &Network,
    groups: &[Group],
    steps: &[Step],
    logits: TensorId,
) -> Vec<Option<usize>> {
    let leader = |index: usize| network.nodes[groups[index].nodes[0]].op.operation();
    let by = |index: usize| {
        let [Read { tensor, .. }] = steps[index].reads[..] else { return None };
        let maker = steps[..index].iter().position(|step| step.output == tensor)?;
        let readers = steps.iter().flat_map(|step| &step.reads).filter(|read| read.tensor == tensor).count();
        let leaves = leader(maker).leaves_output(&groups[maker].tails);
        (readers == 1 && tensor != logits && leaves && leader(index).makes_input()).then_some(maker)
    };
    (0..steps.len()).map(by).collect()
}

/// Where each tensor lives: itself, or the tensor it is another view of.
fn homes(network: &Network, groups: &[Group]) -> Vec<TensorId> {
    let mut homes: Vec<TensorId> = (0..=network.nodes.len()).collect();
    for group in groups.iter().filter(|group| group.is_view(&network.nodes)) {
        for &node in &group.nodes {
            homes[node + 1] = homes[network.nodes[node].place.input()];
        }
    }
    homes
}

/// The layout of each tensor between stages. Tensors inside a stage have none; a flattened one is the image
/// it was.
fn layouts(network: &Network, groups: &[Group], homes: &[TensorId]) -> Vec<Option<Layout>> {
    let mut layouts: Vec<Option<Layout>> = vec![None; homes.len()];
    layouts[0] = Some(layout(network.input));
    for group in groups.iter().filter(|group| homes[group.output] == group.output) {
        layouts[group.output] = Some(layout(network.nodes[group.output - 1].place.output_shape));
    }
    for node in &network.nodes {
        let [rows, columns] = node.op.operation().border();
        if let Some(layout) = &mut layouts[homes[node.place.input()]] {
            layout.border_rows = layout.border_rows.max(rows);
            layout.border_columns = layout.border_columns.max(columns);
        }
    }
    // A skip that only its sum reads gets the sum's border, so that one gradient can serve both.
    let readers = readers(&network.nodes);
    for group in groups {
        for &node in &group.nodes {
            let skip = network.nodes[node].place.inputs.get(1).copied();
            if let Some(skip) = skip.filter(|&skip| readers[skip] == 1 && homes[skip] == skip) {
                layouts[skip] = layouts[group.output];
            }
        }
    }
    layouts
}

/// How a tensor lies in memory; a flattened image stays one.
fn layout(shape: Shape) -> Layout {
    match shape {
        Shape::Features { flattened: Some(image), .. } => Layout::dense(image),
        _ => Layout::dense(shape.dims()),
    }
}

/// Tensors that a gradient has to flow through to reach a parameter.
fn has_gradient(network: &Network, learns: &[bool], homes: &[TensorId]) -> Vec<bool> {
    let mut has = vec![false; homes.len()];
    for (index, node) in network.nodes.iter().enumerate() {
        let learns = learns[node.place.parameters.clone()].contains(&true);
        has[index + 1] = learns || node.place.inputs.iter().any(|&input| has[homes[input]]);
    }
    has
}
