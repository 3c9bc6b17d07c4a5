//! Where activations and gradients live.

use std::ops::Range;

use toile_kernels::batch_norm::{DOutput, Input, InputSums, image_moments_len};
use toile_kernels::buffer::{Buffer, OutOfMemory};
use toile_kernels::layout::{Images, ImagesMut, Layout};
use toile_kernels::log_softmax;
use toile_kernels::team::Team;

use super::left::{FromOthers, LeftOutput, Rooms};
use crate::executor::{Pixels, RowIndex};
use crate::graph::place::TensorId;

/// What a plan wants kept.
#[derive(Clone, Debug)]
pub(super) struct Storage {
    /// The layout of each tensor; none of those inside a stage, and of those that are a view of another.
    pub(super) layouts: Vec<Option<Layout>>,
    /// Tensors that are made where they are read, and stored nowhere.
    pub(super) left: Vec<TensorId>,
    /// The buffer of each tensor's gradient.
    pub(super) gradient_places: Vec<Option<usize>>,
    /// Values of each of these buffers.
    pub(super) gradient_lens: Vec<usize>,
    /// Tensors of whose images the moments are wanted.
    pub(super) measured: Vec<TensorId>,
    /// The last tensor before log-softmax.
    pub(super) logits: TensorId,
}

/// What a stage that others leave something to reads and writes going backward.
#[derive(Debug)]
pub(crate) struct Backward<'a> {
    pub(crate) input: Input<'a>,
    pub(crate) output: &'a [f32],
    pub(crate) d_output: DOutput<'a>,
    /// The gradient of its input, to write; empty where nobody needs it.
    pub(crate) d_input: &'a mut [f32],
    /// What is wanted of that, where the input was left to the stage.
    pub(crate) sums: Option<InputSums<'a>>,
}

/// Activations and gradients of a plan.
#[derive(Debug)]
pub(crate) struct Tensors {
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
    /// For batches of up to `capacity` images.
    pub(super) fn new(storage: &Storage, capacity: usize) -> Result<Tensors, OutOfMemory> {
        let Storage { layouts, left, gradient_places, gradient_lens, measured, logits } = storage.clone();
        let stored = |tensor: TensorId| layouts[tensor].expect("a stored tensor");
        let len = |tensor: TensorId| {
            layouts[tensor].filter(|_| !left.contains(&tensor)).map_or(0, |l| l.buffer_len(capacity))
        };
        let activations =
            (0..layouts.len()).map(|tensor| Buffer::try_zeroed(len(tensor))).collect::<Result<_, _>>()?;
        let gradients = gradient_lens.iter().map(|&len| Buffer::try_zeroed(len)).collect::<Result<_, _>>()?;
        let mut moments: Vec<Buffer> = layouts.iter().map(|_| Buffer::default()).collect();
        for tensor in measured {
            moments[tensor] = Buffer::try_zeroed(image_moments_len(stored(tensor), capacity))?;
        }
        let classes = stored(logits);
        let log_probabilities = Buffer::try_zeroed(classes.buffer_len(capacity))?;
        Ok(Tensors { layouts, activations, gradients, gradient_places, moments, log_probabilities, classes })
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
    pub(crate) fn forward<const N: usize>(
        &mut self,
        inputs: [TensorId; N],
        output: TensorId,
    ) -> ([Images<'_>; N], ImagesMut<'_>) {
        let (inputs, output, _) = self.forward_with_moments(inputs, output);
        (inputs, output)
    }

    /// Activations to read and one to write, and where the moments of what is written go.
    pub(crate) fn forward_with_moments<const N: usize>(
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
    pub(crate) fn moments_mut(&mut self, tensor: TensorId) -> (Images<'_>, &mut [f32]) {
        let layout = self.layout(tensor);
        (Images { values: &self.activations[tensor], layout }, &mut self.moments[tensor])
    }

    /// What a stage reads going backward (its input, output, and its output's gradient) and the gradient
    /// of its input, to write; empty where nobody needs that.
    pub(crate) fn backward(&mut self, input: TensorId, output: TensorId) -> ([Images<'_>; 3], ImagesMut<'_>) {
        let ([x, y], dy, dx) = self.backward_in_place(input, output);
        let dy = Images { values: dy.values, layout: dy.layout };
        ([x, y, dy], dx)
    }

    /// An input and an output to read, and the output's gradient to change.
    pub(crate) fn input_and_output_gradient_mut(
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
    pub(crate) fn backward_in_place(
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

    /// What a stage reads and writes forward, an input that is left to it included.
    pub(crate) fn forward_with_left<'a>(
        &'a mut self,
        input: TensorId,
        output: TensorId,
        images: usize,
        left: Option<LeftOutput<'a>>,
        room: &'a mut [f32],
    ) -> (Input<'a>, ImagesMut<'a>, &'a mut [f32]) {
        let from = left.as_ref().map_or(input, |left| left.made_of);
        let ([x], y, moments) = self.forward_with_moments([from], output);
        let input = match left {
            Some(left) => left.input(images, x, room),
            None => Input::Stored(x.values),
        };
        (input, y, moments)
    }

    /// The input and output of a stage to read, how its output's gradient is come by, and its input's to write.
    pub(crate) fn backward_with_left<'a>(
        &'a mut self,
        input: TensorId,
        output: TensorId,
        images: usize,
        FromOthers { left, output: left_output }: FromOthers<'a>,
        rooms: Rooms<'a>,
    ) -> Backward<'a> {
        let from = left.map(|left| self.layout(left.output));
        let made_of = left_output.as_ref().map_or(input, |left| left.made_of);
        let x = Images { values: &self.activations[made_of], layout: self.layout(made_of) };
        let y = Images { values: &self.activations[output], layout: self.layout(output) };
        let place = self.place(output);
        let (dy, d_input) = match self.gradient_places[input] {
            Some(d_input) => {
                let [dy, d_input] = self.gradients.get_disjoint_mut([place, d_input]).expect("two buffers");
                (&dy[..], &mut d_input[..])
            }
            None => (&self.gradients[place][..], &mut [][..]),
        };
        let (input, sums) = match left_output {
            Some(left) => {
                let (input, sums) = left.input_and_sums(images, x, rooms.input);
                (input, Some(sums))
            }
            None => (Input::Stored(x.values), None),
        };
        let d_output = match left.zip(from) {
            // Of the two tensors the gradient lives in one place.
            Some((left, layout)) => {
                let way_back = left.way_back(images, y, Images { values: dy, layout });
                DOutput::Normalised { way_back, room: rooms.gradient }
            }
            None => DOutput::Stored(dy),
        };
        Backward { input, output: y.values, d_output, d_input, sums }
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
