//! The engine's stage: convolution with bias, activation and 2x2 max-pooling.

use std::sync::Arc;

use toile_kernels::GROUP;
use toile_kernels::buffer::{Buffer, OutOfMemory, try_filled};
use toile_kernels::conv2d::{
    Again, Backward, Beside, Conv2d, Forward, InputGradient, Scratch, backward, forward_with_moments,
    pack_partials,
};
use toile_kernels::optimizer::{Partials, update};
use toile_kernels::precision::Precision;

use crate::engine::left::{FromOthers, LeftOutput, Rooms};
use crate::engine::parameters::{Derived, Packing, Unchanged};
use crate::engine::stage::{Built, Context, Site, Source, Stage};
use crate::graph::follow::Follow;
use crate::graph::place::TensorId;
use crate::graph::tail::{Tail, activation};
use crate::layers::window::{Window, sides};

/// One activation and one pooling, in either order.
pub(super) fn accepts(tails: &[Tail], next: &Tail) -> bool {
    match next {
        Tail::Activation(_) => activation(tails).is_none(),
        Tail::Halving => !tails.contains(&Tail::Halving),
        _ => false,
    }
}

/// Whether pooling comes before the activation.
fn pools_first(tails: &[Tail]) -> bool {
    let mut order = tails.iter().filter(|tail| matches!(tail, Tail::Halving | Tail::Activation(_)));
    order.next() == Some(&Tail::Halving)
}

/// What its kernel does beside, as far as it decides about the algorithm.
pub(super) fn beside(tails: &[Tail]) -> Beside {
    Beside::of(tails.contains(&Tail::Halving), activation(tails), pools_first(tails))
}

pub(super) fn build(window: Window, has_bias: bool, site: Site<'_>) -> Result<Built, OutOfMemory> {
    let Site { place, tails, sources, output, sizes, .. } = site;
    let conv = Conv2d {
        input: site.input_layout,
        output: site.output_layout,
        kernel: sides(window.kernel),
        stride: sides(window.stride),
        padding: sides(window.padding),
        pool: tails.contains(&Tail::Halving),
        activation: activation(tails),
        pool_first: pools_first(tails),
        algorithms: place.algorithms.expect("a convolution's algorithms are chosen with its network"),
    };
    let [input] = sources[..] else { unreachable!("a convolution reads one tensor") };
    let weight = place.parameters.start;
    let learns = site.learns.contains(&true);
    let groups = if learns { sizes.batch_size.div_ceil(GROUP) } else { 0 };
    let total_len = if learns && conv.is_sparse() { conv.weight_len() } else { 0 };
    let stage = Conv2dStage {
        input,
        output,
        measures: site.measures,
        weight,
        bias: has_bias.then_some(weight + 1),
        argmax: try_filled(0, if conv.pool { sizes.capacity * conv.argmax_len() } else { 0 })?,
        before: Buffer::try_zeroed(conv.before_len(sizes.batch_size))?,
        training: Kernel::new(conv, sizes.threads)?,
        evaluation: (conv.algorithms.forward.precision() != Precision::F32)
            .then(|| Kernel::new(Conv2d { algorithms: conv.algorithms.in_f32(), ..conv }, sizes.threads))
            .transpose()?,
        mirror: Derived::new(if input.gradient { conv.mirror_len() } else { 0 })?,
        learns,
        partials: Buffer::try_zeroed(groups * conv.partial_len())?,
        room: Buffer::try_zeroed(site.room_len(conv.rooms(sizes.threads)))?,
        input_room: Buffer::try_zeroed(site.input_room_len())?,
        total: Buffer::try_zeroed(total_len)?,
    };
    let bias: Arc<dyn Packing> = Arc::new(Unchanged { len: conv.bias_len() });
    Ok(Built { stage: Box::new(stage), packings: vec![Arc::new(conv), bias] })
}

/// Panels of output channels.
impl Packing for Conv2d {
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

/// What a forward pass needs for itself.
#[derive(Debug)]
struct Kernel {
    conv: Conv2d,
    /// The weight as it reads it, where that is not as it is packed.
    transformed: Option<Derived>,
    /// One a thread.
    scratch: Vec<Scratch>,
}

impl Kernel {
    fn new(conv: Conv2d, threads: usize) -> Result<Kernel, OutOfMemory> {
        Ok(Kernel {
            conv,
            transformed: Some(conv.transformed_len()).filter(|&len| len > 0).map(Derived::new).transpose()?,
            scratch: (0..threads).map(|_| Scratch::new(&conv)).collect::<Result<_, _>>()?,
        })
    }
}

#[derive(Debug)]
struct Conv2dStage {
    /// As it is trained; the way back computes with its scratch.
    training: Kernel,
    /// As it is evaluated, where that is not the same.
    evaluation: Option<Kernel>,
    input: Source,
    output: TensorId,
    /// Whether a normalisation wants the output's moments.
    measures: bool,
    /// Parameters: weight and bias.
    weight: usize,
    bias: Option<usize>,
    argmax: Vec<u8>,
    /// What went into the activation, where its gradient needs that: in front of pooling, of the values that won.
    before: Buffer,
    /// The weight as the input gradient reads it; empty where nobody needs that.
    mirror: Derived,
    /// Whether its weight or bias is trained.
    learns: bool,
    /// Empty where neither is.
    partials: Buffer,
    /// An image's gradient a thread, where a later stage leaves that to this one and it is not made in the scratch.
    room: Buffer,
    /// An image of the input a thread, where an earlier stage leaves that to this one.
    input_room: Buffer,
    /// The sum of sparse partial gradients; empty where they are dense.
    total: Buffer,
}

impl Stage for Conv2dStage {
    fn forward_with_left(&mut self, context: &mut Context<'_>, left: Option<LeftOutput<'_>>) {
        let (images, room) = (context.images, &mut self.input_room[..]);
        let (input, y, moments) =
            context.tensors.forward_with_left(self.input.tensor, self.output, images, left, room);
        let (team, slots) = (&mut *context.team, &context.parameters.slots);
        // Statistics that are made anew are those of the network that is evaluated.
        let learns_from = context.training && matches!(context.follow, Follow::Step(_));
        let kernel = self.evaluation.as_mut().filter(|_| !learns_from).unwrap_or(&mut self.training);
        let Kernel { conv, transformed, scratch } = kernel;
        let (conv, slot) = (*conv, &slots[self.weight]);
        let weight = match transformed {
            Some(transformed) => transformed.of(slot, |packed, to| conv.renew_transformed(team, packed, to)),
            None => &slot.values,
        };
        forward_with_moments(
            team,
            Forward {
                conv,
                images: context.images,
                input,
                weight,
                bias: self.bias.map(|bias| &slots[bias].values[..]),
                output: y.values,
                before: Some(&mut self.before[..]).filter(|kept| context.training && !kept.is_empty()),
                argmax: conv.pool.then_some(&mut self.argmax[..]),
                scratch,
            },
            (self.measures && context.training).then_some(moments),
        );
    }

    fn backward_with_left(&mut self, context: &mut Context<'_>, from_others: FromOthers<'_>) {
        let conv = self.training.conv;
        let slots = &mut context.parameters.slots;
        let rooms = Rooms { gradient: &mut self.room, input: &mut self.input_room };
        let (tensors, images) = (&mut *context.tensors, context.images);
        let going = tensors.backward_with_left(self.input.tensor, self.output, images, from_others, rooms);
        let again =
            Again { weight: &slots[self.weight].values, bias: self.bias.map(|bias| &slots[bias].values[..]) };
        let mut d_input = None;
        if self.input.gradient {
            let (team, accumulate) = (&mut *context.team, self.input.accumulate);
            let renew = |packed: &[f32], mirror: &mut [f32]| conv.renew_mirror(team, packed, mirror);
            let mirror = self.mirror.of(&slots[self.weight], renew);
            d_input = Some(InputGradient { values: going.d_input, accumulate, sums: going.sums, mirror });
        }
        backward(
            context.team,
            Backward {
                conv,
                images: context.images,
                input: going.input,
                output: going.output,
                before: Some(&self.before),
                again: conv.makes_again().then_some(again),
                argmax: conv.pool.then_some(&self.argmax[..]),
                d_output: going.d_output,
                partials: self.learns.then_some(&mut self.partials[..]),
                bias: self.bias.is_some(),
                d_input,
                scratch: &mut self.training.scratch,
            },
        );
        if !self.learns {
            return;
        }
        let (groups, stride) = (context.images.div_ceil(GROUP), conv.partial_len());
        let partials = |offset| Partials { values: &self.partials, groups, stride, offset };
        let weight = if conv.is_sparse() {
            pack_partials(context.team, conv, &self.partials, groups, &mut self.total);
            Partials { values: &self.total, groups: 1, stride: self.total.len(), offset: 0 }
        } else {
            partials(0)
        };
        update(context.team, slots[self.weight].parameter(), weight);
        if let Some(bias) = self.bias {
            update(context.team, slots[bias].parameter(), partials(conv.weight_len()));
        }
    }
}
