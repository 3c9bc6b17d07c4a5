//! Convolution with groups or dilation: its plain arithmetic, and the engine's stage with bias and activation.

use std::sync::Arc;

use toile_kernels::GROUP;
use toile_kernels::buffer::{Buffer, OutOfMemory};
use toile_kernels::grouped_conv2d::reference::{self as kernel, GroupedConv2dGeometry};
use toile_kernels::grouped_conv2d::{Backward as Args, Forward as ForwardArgs};
use toile_kernels::grouped_conv2d::{GroupedConv2d, InputGradient, backward, forward};
use toile_kernels::optimizer::{Partials, update};
use toile_kernels::real::Real;

use crate::engine::left::{FromOthers, LeftOutput, Rooms};
use crate::engine::parameters::{Derived, Packing};
use crate::engine::stage::{Built, Context, Site, Source, Stage};
use crate::graph::place::{Place, TensorId};
use crate::graph::tail::{Tail, activation};
use crate::layers::window::{Window, sides};
use crate::plain::node::{Backward, Forward, Saved};
use crate::setting::Pair;

/// One activation.
pub(super) fn accepts(tails: &[Tail], next: &Tail) -> bool {
    matches!(next, Tail::Activation(_)) && activation(tails).is_none()
}

/// The settings of such a convolution.
#[derive(Clone, Copy)]
pub(super) struct Grouped {
    pub(super) window: Window,
    pub(super) dilation: Pair,
    pub(super) groups: usize,
    pub(super) bias: bool,
}

impl Grouped {
    fn geometry(self, place: &Place) -> GroupedConv2dGeometry {
        let [[in_channels, ..], [out_channels, ..]] = [place.input_shape.dims(), place.output_shape.dims()];
        let (window, dilation) = (self.window.geometry(place), sides(self.dilation));
        GroupedConv2dGeometry { window, dilation, groups: self.groups, in_channels, out_channels }
    }

    pub(super) fn forward<T: Real>(self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        let bias = self.bias.then(|| run.parameter(1));
        kernel::forward(&self.geometry(run.place), run.x(), run.parameter(0), bias, y);
        Saved::nothing()
    }

    pub(super) fn backward<T: Real>(self, run: Backward<'_, T>) {
        let Backward { place, x, dy, parameters, d_parameters, gradients, .. } = run;
        let g = self.geometry(place);
        let [d_weight, d_bias @ ..] = d_parameters else { unreachable!("a convolution has a weight") };
        let d_bias = d_bias.first_mut().map(|bias| &mut bias[..]);
        kernel::weight_gradient(&g, x, dy, d_weight, d_bias);
        gradients.visit(place.input(), x.len(), |accumulate, dx| {
            kernel::input_gradient(&g, dy, &parameters[0].1.data, accumulate, dx);
        });
    }

    pub(super) fn build(self, site: Site<'_>) -> Result<Built, OutOfMemory> {
        let Site { place, tails, sources, output, sizes, .. } = site;
        let conv = GroupedConv2d {
            input: site.input_layout,
            output: site.output_layout,
            kernel: sides(self.window.kernel),
            stride: sides(self.window.stride),
            padding: sides(self.window.padding),
            dilation: sides(self.dilation),
            groups: self.groups,
            activation: activation(tails),
        };
        let [input] = sources[..] else { unreachable!("a convolution reads one tensor") };
        let weight = place.parameters.start;
        let stage = GroupedStage {
            conv,
            input,
            output,
            measures: site.measures,
            weight,
            bias: self.bias.then_some(weight + 1),
            before: Buffer::try_zeroed(conv.before_len(sizes.batch_size))?,
            mirror: Derived::new(if input.gradient { conv.mirror_len() } else { 0 })?,
            partials: Buffer::try_zeroed(sizes.batch_size.div_ceil(GROUP) * conv.partial_len())?,
            scratch: Buffer::try_zeroed(sizes.threads * conv.scratch_len())?,
            room: Buffer::try_zeroed(site.room_len(sizes.threads))?,
            input_room: Buffer::try_zeroed(site.input_room_len())?,
        };
        let packings: Vec<Arc<dyn Packing>> = vec![Arc::new(conv), Arc::new(PackedBias(conv))];
        Ok(Built { stage: Box::new(stage), packings })
    }
}

/// The weight in panels of output channels.
impl Packing for GroupedConv2d {
    fn len(&self) -> usize {
        self.weight_len()
    }

    fn pack(&self, plain: &[f32], packed: &mut [f32]) {
        self.pack_weight(plain, packed);
    }

    fn unpack(&self, packed: &[f32], _len: usize) -> Vec<f32> {
        self.unpack_weight(packed)
    }
}

/// The bias in the same panels.
#[derive(Debug)]
struct PackedBias(GroupedConv2d);

impl Packing for PackedBias {
    fn len(&self) -> usize {
        self.0.bias_len()
    }

    fn pack(&self, plain: &[f32], packed: &mut [f32]) {
        self.0.pack_bias(plain, packed);
    }

    fn unpack(&self, packed: &[f32], _len: usize) -> Vec<f32> {
        self.0.unpack_bias(packed)
    }
}

#[derive(Debug)]
struct GroupedStage {
    conv: GroupedConv2d,
    input: Source,
    output: TensorId,
    /// Whether a normalisation wants the output's moments.
    measures: bool,
    /// Parameters: weight and bias.
    weight: usize,
    bias: Option<usize>,
    /// What went into the activation, where its gradient needs that.
    before: Buffer,
    /// The weight as the input gradient reads it, where that is not as it is packed.
    mirror: Derived,
    partials: Buffer,
    scratch: Buffer,
    /// An image's gradient a thread, where a later stage leaves that to this one.
    room: Buffer,
    /// An image of the input a thread, where an earlier stage leaves that to this one.
    input_room: Buffer,
}

impl Stage for GroupedStage {
    fn forward_with_left(&mut self, context: &mut Context<'_>, left: Option<LeftOutput<'_>>) {
        let (images, room) = (context.images, &mut self.input_room[..]);
        let (input, y, moments) =
            context.tensors.forward_with_left(self.input.tensor, self.output, images, left, room);
        let slots = &context.parameters.slots;
        let args = ForwardArgs {
            conv: self.conv,
            images: context.images,
            input,
            weight: &slots[self.weight].values,
            bias: self.bias.map(|bias| &slots[bias].values[..]),
            output: y.values,
            before: Some(&mut self.before[..]).filter(|kept| context.training && !kept.is_empty()),
            moments: (self.measures && context.training).then_some(moments),
        };
        forward(context.team, args);
    }

    fn backward_with_left(&mut self, context: &mut Context<'_>, from_others: FromOthers<'_>) {
        let conv = self.conv;
        let slots = &mut context.parameters.slots;
        let rooms = Rooms { gradient: &mut self.room, input: &mut self.input_room };
        let (tensors, images) = (&mut *context.tensors, context.images);
        let going = tensors.backward_with_left(self.input.tensor, self.output, images, from_others, rooms);
        let slot = &slots[self.weight];
        let d_input = self.input.gradient.then(|| {
            let weight = match conv.mirror_len() {
                0 => &slot.values[..],
                _ => self.mirror.of(slot, |packed, mirror| conv.renew_mirror(packed, mirror)),
            };
            let accumulate = self.input.accumulate;
            InputGradient { values: going.d_input, accumulate, sums: going.sums, weight }
        });
        let args = Args {
            conv,
            images: context.images,
            input: going.input,
            output: going.output,
            before: Some(&self.before),
            d_output: going.d_output,
            partials: &mut self.partials,
            bias: self.bias.is_some(),
            d_input,
            scratch: &mut self.scratch,
        };
        backward(context.team, args);
        let (groups, stride) = (context.images.div_ceil(GROUP), conv.partial_len());
        let partials = |offset| Partials { values: &self.partials, groups, stride, offset };
        update(context.team, slots[self.weight].parameter(), partials(0));
        if let Some(bias) = self.bias {
            update(context.team, slots[bias].parameter(), partials(conv.weight_len()));
        }
    }
}
