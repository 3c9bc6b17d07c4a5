//! From a network to stages: what is fused, where tensors lie, who adds to which gradient.

use std::ops::Range;

use toile_kernels::batch_norm::image_moments_len;
use toile_kernels::buffer::Buffer;
use toile_kernels::conv2d::Conv2d;
use toile_kernels::layout::{Images, ImagesMut, Layout};
use toile_kernels::linear::Linear;
use toile_kernels::log_softmax;
use toile_kernels::team::Team;
use toile_kernels::window::WindowGeometry;

use super::parameters::Packing;
use super::placement::Placement;
use super::stages::{self, Stage};
use crate::description::{Network, Op, Pair, Shape, TensorId, Window};
use crate::executor::{Pixels, RowIndex};
use crate::fusion::{Fused, fuse, readers};

/// A compiled network.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) stages: Vec<Stage>,
    /// What each stage does, in words.
    pub(super) labels: Vec<String>,
    /// How each parameter lies in memory.
    pub(super) packings: Vec<Packing>,
    /// The last tensor before log-softmax.
    pub(super) logits: TensorId,
    /// Images of the largest training batch, and of the largest evaluation.
    pub(super) batch_size: usize,
    pub(super) capacity: usize,
    /// The layout of each tensor, and whether somebody needs its gradient. Tensors inside a fused stage
    /// have no layout; a flattened tensor is the image it was.
    layouts: Vec<Option<Layout>>,
    has_gradient: Vec<bool>,
    /// Where each tensor lives: itself, or the tensor it is another view of.
    homes: Vec<TensorId>,
    gradients: Placement,
}

impl Plan {
    pub(super) fn new(network: &Network, batch_size: usize, capacity: usize, threads: usize) -> Plan {
        let fused = fuse(network);
        let tensors = network.nodes.len() + 1;
        let homes = homes(network);
        let mut layouts: Vec<Option<Layout>> = vec![None; tensors];
        layouts[0] = Some(layout(network.input));
        for stage in &fused {
            let node = stage.nodes.last().expect("a stage has a node");
            if homes[stage.output] == stage.output {
                layouts[stage.output] = Some(layout(node.output_shape));
            }
        }
        for node in &network.nodes {
            if let Op::Conv2d { window, .. } = node.op {
                let layout =
                    layouts[homes[node.input]].as_mut().expect("a convolution reads a stored tensor");
                layout.border_rows = layout.border_rows.max(window.padding.height);
                layout.border_columns = layout.border_columns.max(window.padding.width);
            }
        }
        align_skips(&fused, &readers(network), &homes, &mut layouts);
        let has_gradient = has_gradient(network, &homes);
        let packings = network.parameters.iter().map(|p| Packing::Plain(p.len())).collect();
        let mut plan = Plan {
            stages: vec![],
            labels: vec![],
            packings,
            logits: homes[network.nodes.last().expect("a network has a layer").input],
            batch_size,
            capacity,
            layouts,
            has_gradient,
            homes,
            gradients: Placement::default(),
        };
        for nodes in &fused {
            if let Some(stage) = plan.stage(nodes, threads) {
                plan.stages.push(stage);
                plan.labels.push(nodes.nodes.iter().map(|n| n.op.kind()).collect::<Vec<_>>().join(" + "));
            }
        }
        plan.settle_accumulation();
        plan.gradients = Placement::new(&mut plan.stages, plan.logits, &plan.layouts, batch_size);
        plan.measure_on_the_way();
        plan
    }

    /// Whether a batch in memory need not be copied: only a linear layer reads it, which reads it as it is.
    pub(super) fn reads_in_place(&mut self) -> bool {
        let mut readers = self.stages.iter_mut().filter_map(|stage| {
            let linear = matches!(stage, Stage::Linear(_));
            stage.sources().iter().any(|source| source.tensor == 0).then_some(linear)
        });
        readers.next() == Some(true) && readers.next().is_none()
    }

    fn layout(&self, tensor: TensorId) -> Layout {
        self.layouts[self.homes[tensor]].expect("a tensor between stages has a layout")
    }

    fn home(&self, tensor: TensorId) -> TensorId {
        self.homes[tensor]
    }

    /// The stage of a group of fused nodes; none where nothing is to be done.
    fn stage(&mut self, fused: &Fused<'_>, threads: usize) -> Option<Stage> {
        let first = fused.nodes[0];
        let activation = fused.activation();
        let pool = fused.max_pools();
        let source = |tensor: TensorId| {
            let tensor = self.home(tensor);
            let gradient = self.has_gradient[tensor];
            stages::Source { tensor, gradient, accumulate: false, shared: false }
        };
        let input = source(first.input);
        let skip = fused.nodes.iter().find_map(|n| match n.op {
            Op::Add { skip } => Some(source(skip)),
            _ => None,
        });
        let output = self.home(fused.output);
        let (large, small) = (self.layout(first.input), self.layout(fused.output));
        Some(match first.op {
            Op::Conv2d { window, weight, bias } => {
                let pair = |p: Pair| [p.height, p.width];
                let conv = Conv2d {
                    input: large,
                    output: small,
                    kernel: pair(window.kernel),
                    stride: pair(window.stride),
                    padding: pair(window.padding),
                    pool,
                    activation,
                };
                self.packings[weight] = Packing::Conv2d(conv);
                if let Some(bias) = bias {
                    self.packings[bias] = Packing::Plain(conv.bias_len());
                }
                let sizes = [self.batch_size, self.capacity, threads];
                Stage::Conv2d(stages::conv2d::Stage::new(conv, input, output, weight, bias, sizes))
            }
            Op::Linear { weight, bias } => {
                let linear = Linear { input: large, output: small, activation };
                self.packings[weight] = Packing::Linear(linear);
                let dropout = fused.nodes.iter().find_map(|n| match n.op {
                    Op::Dropout { p, ordinal } => Some((p, ordinal)),
                    _ => None,
                });
                Stage::Linear(stages::linear::Stage::new(
                    linear,
                    input,
                    output,
                    weight,
                    bias,
                    dropout,
                    [self.batch_size, threads],
                ))
            }
            Op::BatchNorm2d { eps, momentum, weight } => Stage::BatchNorm2d(stages::batch_norm::Stage::new(
                stages::batch_norm::Settings { eps, momentum, activation, pool },
                skip.into_iter().chain([input]).collect(),
                output,
                weight,
                [large, small],
                [self.batch_size, self.capacity],
            )),
            Op::ReLU | Op::GELU { .. } => Stage::activation(activation?, input, output),
            Op::MaxPool2d { window } => {
                let winners = Buffer::zeroed(self.capacity * small.image_len());
                Stage::MaxPool2d { window: geometry(window, large, small), input, output, winners }
            }
            Op::AvgPool2d { window, count_include_pad } => {
                let window = geometry(window, large, small);
                Stage::AvgPool2d {
                    geometry: stages::AvgPoolGeometry::Sliding { window, count_include_pad },
                    input,
                    output,
                }
            }
            Op::AdaptiveAvgPool2d => Stage::AvgPool2d {
                geometry: stages::AvgPoolGeometry::Adaptive {
                    input: [large.height, large.width],
                    output: [small.height, small.width],
                },
                input,
                output,
            },
            Op::Dropout { p, ordinal } => {
                Stage::dropout(p, ordinal, false, input, output, large, self.batch_size)
            }
            Op::Dropout2d { p, ordinal } => {
                Stage::dropout(p, ordinal, true, input, output, large, self.batch_size)
            }
            Op::Add { .. } => Stage::Add { inputs: [input, skip.expect("an Add has a skip")], output },
            Op::Flatten | Op::LogSoftmax => return None,
        })
    }

    /// Going backward, whoever is first to write a tensor's gradient overwrites, the others add.
    fn settle_accumulation(&mut self) {
        let mut written = vec![false; self.layouts.len()];
        for stage in self.stages.iter_mut().rev() {
            for source in stage.sources() {
                source.accumulate = std::mem::replace(&mut written[source.tensor], true);
            }
        }
    }

    /// A convolution takes the moments of its output for the normalisation that reads it.
    fn measure_on_the_way(&mut self) {
        let measured = |stage: &Stage| match stage {
            Stage::BatchNorm2d(stage) => Some(stage.input()),
            _ => None,
        };
        let wanted: Vec<TensorId> = self.stages.iter().filter_map(measured).collect();
        let mut taken = vec![];
        for stage in &mut self.stages {
            match stage {
                Stage::Conv2d(conv) if wanted.contains(&conv.output) => {
                    conv.measures = true;
                    taken.push(conv.output);
                }
                Stage::BatchNorm2d(norm) => norm.measured = taken.contains(&norm.input()),
                _ => {}
            }
        }
    }

    /// Tensors whose moments somebody wants.
    fn normalised(&self) -> impl Iterator<Item = TensorId> {
        self.stages.iter().filter_map(|stage| match stage {
            Stage::BatchNorm2d(stage) => Some(stage.input()),
            _ => None,
        })
    }
}

/// Gives a skip that only its sum reads the sum's border, so that one gradient can serve both.
fn align_skips(fused: &[Fused<'_>], readers: &[usize], homes: &[TensorId], layouts: &mut [Option<Layout>]) {
    for stage in fused {
        for node in &stage.nodes {
            if let Op::Add { skip } = node.op
                && readers[skip] == 1
                && homes[skip] == skip
            {
                layouts[skip] = layouts[stage.output];
            }
        }
    }
}

/// How a tensor lies in memory; a flattened image stays one.
fn layout(shape: Shape) -> Layout {
    match shape {
        Shape::Features { flattened: Some(image), .. } => Layout::dense(image),
        _ => Layout::dense(shape.dims()),
    }
}

fn geometry(window: Window, large: Layout, small: Layout) -> WindowGeometry {
    let pair = |p: Pair| [p.height, p.width];
    WindowGeometry {
        input: [large.height, large.width],
        output: [small.height, small.width],
        kernel: pair(window.kernel),
        stride: pair(window.stride),
        padding: pair(window.padding),
    }
}

/// A flattened tensor lives where the image lives.
fn homes(network: &Network) -> Vec<TensorId> {
    let mut homes: Vec<TensorId> = (0..=network.nodes.len()).collect();
    for (index, node) in network.nodes.iter().enumerate() {
        if node.op == Op::Flatten {
            homes[index + 1] = homes[node.input];
        }
    }
    homes
}

/// Tensors that a gradient has to flow through to reach a parameter.
fn has_gradient(network: &Network, homes: &[TensorId]) -> Vec<bool> {
    let mut has = vec![false; network.nodes.len() + 1];
    for (index, node) in network.nodes.iter().enumerate() {
        let learns = matches!(node.op, Op::Conv2d { .. } | Op::Linear { .. } | Op::BatchNorm2d { .. });
        let skip = matches!(node.op, Op::Add { skip } if has[homes[skip]]);
        has[index + 1] = learns || skip || has[homes[node.input]];
    }
    has
}

/// Activations and gradients of a plan.
#[derive(Debug)]
pub(super) struct Tensors {
    layouts: Vec<Option<Layout>>,
    activations: Vec<Buffer>,
    gradients: Vec<Buffer>,
    /// The buffer of each tensor's gradient.
    gradient_places: Vec<Option<usize>>,
    /// Moments of the images of tensors that are normalised, each image by itself.
    moments: Vec<Buffer>,
    log_probabilities: Buffer,
    classes: Layout,
}

impl Tensors {
    pub(super) fn new(plan: &Plan, batch_size: usize, capacity: usize) -> Tensors {
        let len = |layout: &Option<Layout>, images: usize| layout.map_or(0, |l| l.buffer_len(images));
        let activations = plan.layouts.iter().map(|l| Buffer::zeroed(len(l, capacity))).collect();
        let gradients = plan.gradients.lens.iter().map(|&len| Buffer::zeroed(len)).collect();
        let mut moments: Vec<Buffer> = plan.layouts.iter().map(|_| Buffer::default()).collect();
        for tensor in plan.normalised() {
            moments[tensor] = Buffer::zeroed(image_moments_len(plan.layout(tensor), batch_size));
        }
        let classes = plan.layout(plan.logits);
        Tensors {
            layouts: plan.layouts.clone(),
            activations,
            gradients,
            gradient_places: plan.gradients.places.clone(),
            moments,
            log_probabilities: Buffer::zeroed(classes.buffer_len(capacity)),
            classes,
        }
    }

    fn layout(&self, tensor: TensorId) -> Layout {
        self.layouts[tensor].expect("a stored tensor")
    }

    fn place(&self, tensor: TensorId) -> usize {
        self.gradient_places[tensor].expect("a tensor with a gradient")
    }

    /// Writes these of the images into the input tensor.
    pub(super) fn load_input(&mut self, team: &mut Team, images: Pixels<'_>, which: Range<usize>) {
        let layout = self.layout(0);
        let shape = [layout.channels, layout.height, layout.width];
        let (stride, len) = (layout.row_stride(), layout.row_len());
        let values = &mut self.activations[0][..which.len() * layout.image_stride()];
        team.for_each_chunk(values, layout.image_stride(), |_, index, to| {
            let rows = to[layout.origin()..].chunks_mut(stride).take(layout.height);
            for (row, to) in rows.enumerate() {
                images.write(shape, RowIndex { image: which.start + index, row }, &mut to[..len]);
            }
        });
    }

    /// Activations to read and one to write.
    pub(super) fn forward<const N: usize>(
        &mut self,
        inputs: [TensorId; N],
        output: TensorId,
    ) -> ([Images<'_>; N], ImagesMut<'_>) {
        let (inputs, output, _) = self.forward_with_moments(inputs, output);
        (inputs, output)
    }

    /// Activations to read and one to write, and where the moments of what is written go.
    pub(super) fn forward_with_moments<const N: usize>(
        &mut self,
        inputs: [TensorId; N],
        output: TensorId,
    ) -> ([Images<'_>; N], ImagesMut<'_>, &mut [f32]) {
        let layout = self.layout(output);
        let (before, rest) = self.activations.split_at_mut(output);
        let layouts = &self.layouts;
        let inputs = inputs.map(|tensor| {
            // Nodes are in the order they run, so an input always comes before the output.
            Images { values: &before[tensor], layout: layouts[tensor].expect("a stored tensor") }
        });
        (inputs, ImagesMut { values: &mut rest[0], layout }, &mut self.moments[output])
    }

    /// A tensor to read and the moments of its images to write.
    pub(super) fn moments_mut(&mut self, tensor: TensorId) -> (Images<'_>, &mut [f32]) {
        let layout = self.layout(tensor);
        (Images { values: &self.activations[tensor], layout }, &mut self.moments[tensor])
    }

    /// What a stage reads going backward (its input, output, and its output's gradient) and the gradient
    /// of its input, to write; empty where nobody needs that.
    pub(super) fn backward(&mut self, input: TensorId, output: TensorId) -> ([Images<'_>; 3], ImagesMut<'_>) {
        let ([x, y], dy, dx) = self.backward_in_place(input, output);
        let dy = Images { values: dy.values, layout: dy.layout };
        ([x, y, dy], dx)
    }

    /// An input and an output to read, and the output's gradient to change.
    pub(super) fn input_and_output_gradient_mut(
        &mut self,
        input: TensorId,
        output: TensorId,
    ) -> ([Images<'_>; 2], ImagesMut<'_>) {
        let layout = self.layout(output);
        let x = Images { values: &self.activations[input], layout: self.layout(input) };
        let y = Images { values: &self.activations[output], layout };
        let place = self.place(output);
        ([x, y], ImagesMut { values: &mut self.gradients[place], layout })
    }

    /// The input and output of a stage to read, the output's gradient to change and the input's to write;
    /// the latter is empty where nobody needs it.
    pub(super) fn backward_in_place(
        &mut self,
        input: TensorId,
        output: TensorId,
    ) -> ([Images<'_>; 2], ImagesMut<'_>, ImagesMut<'_>) {
        let (small, large) = (self.layout(output), self.layout(input));
        let read = [
            Images { values: &self.activations[input], layout: large },
            Images { values: &self.activations[output], layout: small },
        ];
        let (dy, dx) = match self.gradient_places[input] {
            Some(place) => {
                // A stage that leaves its output's gradient to a skip does not ask for the skip's.
                let places = [self.place(output), place];
                let [dy, dx] = self.gradients.get_disjoint_mut(places).expect("two buffers");
                (&mut dy[..], &mut dx[..])
            }
            None => {
                let place = self.place(output);
                (&mut self.gradients[place][..], &mut [][..])
            }
        };
        (read, ImagesMut { values: dy, layout: small }, ImagesMut { values: dx, layout: large })
    }

    pub(super) fn log_softmax(&mut self, team: &mut Team, logits: TensorId, images: usize) {
        let layout = self.classes;
        let x = Images { values: &self.activations[logits], layout };
        log_softmax::forward(team, images, x, ImagesMut { values: &mut self.log_probabilities, layout });
    }

    /// The same to where the caller wants it, an image behind the other.
    pub(super) fn log_softmax_to(&self, team: &mut Team, logits: TensorId, images: usize, out: &mut [f32]) {
        let x = Images { values: &self.activations[logits], layout: self.classes };
        log_softmax::forward_side_by_side(team, images, x, out);
    }

    /// Logits, log-probabilities, and the gradient of the logits to write.
    pub(super) fn head(&mut self, logits: TensorId) -> (Images<'_>, Images<'_>, ImagesMut<'_>) {
        let (layout, place) = (self.classes, self.place(logits));
        (
            Images { values: &self.activations[logits], layout },
            Images { values: &self.log_probabilities, layout },
            ImagesMut { values: &mut self.gradients[place], layout },
        )
    }

    /// One image's log-probabilities.
    pub(super) fn log_probabilities(&self, image: usize) -> &[f32] {
        &self.log_probabilities[image * self.classes.image_stride()..][..self.classes.image_len()]
    }
}
