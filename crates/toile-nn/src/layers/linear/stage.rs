//! The engine's stage: a fully connected layer with bias, activation and dropout.

use std::sync::Arc;

use toile_kernels::buffer::{Buffer, OutOfMemory};
use toile_kernels::linear::{
    Backward, Forward, InputGradient, Linear, Scratch, backward, forward, forward_side_by_side,
};

use crate::engine::parameters::Packing;
use crate::engine::stage::{Built, Context, Site, Source, Stage};
use crate::graph::place::TensorId;
use crate::graph::tail::{Tail, activation};
use crate::layers::dropout::Mask;

/// An activation, then dropout of single values.
pub(super) fn accepts(tails: &[Tail], next: &Tail) -> bool {
    let drops = tails.iter().any(|tail| matches!(tail, Tail::Dropout { .. }));
    match next {
        Tail::Activation(_) => activation(tails).is_none() && !drops,
        Tail::Dropout { .. } => !drops,
        _ => false,
    }
}

pub(super) fn build(has_bias: bool, site: Site<'_>) -> Result<Built, OutOfMemory> {
    let Site { place, tails, sources, output, sizes, .. } = site;
    let activation = activation(tails);
    let linear = Linear { input: site.input_layout, output: site.output_layout, activation };
    let [input] = sources[..] else { unreachable!("a linear layer reads one tensor") };
    let mask = tails.iter().find_map(|tail| match *tail {
        // Dropout of nothing multiplies by 1.
        Tail::Dropout { p, stream } if p > 0.0 => {
            Some(Mask::new(p, stream, false, linear.output, sizes.batch_size))
        }
        _ => None,
    });
    let mask = mask.transpose()?;
    let weight = place.parameters.start;
    let stage = LinearStage {
        linear,
        input,
        output,
        weight,
        bias: has_bias.then_some(weight + 1),
        mask,
        before: Buffer::try_zeroed(linear.before_len(sizes.batch_size))?,
        halves: Buffer::try_zeroed(linear.halves_len(sizes.capacity))?,
        finite: false,
        scratch: Scratch::new(&linear, sizes.batch_size, sizes.threads)?,
    };
    Ok(Built { stage: Box::new(stage), packings: vec![Arc::new(linear)] })
}

/// Blocks of inputs.
impl Packing for Linear {
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

#[derive(Debug)]
struct LinearStage {
    linear: Linear,
    input: Source,
    output: TensorId,
    /// Parameters: weight and bias.
    weight: usize,
    bias: Option<usize>,
    mask: Option<Mask>,
    /// What went into the activation, where its gradient needs that.
    before: Buffer,
    /// Where halves of sums wait.
    halves: Buffer,
    /// Whether inputs, weight and sums of the last forward pass were finite.
    finite: bool,
    scratch: Scratch,
}

impl Stage for LinearStage {
    fn forward(&mut self, context: &mut Context<'_>) {
        let mask = self.mask.as_mut().filter(|_| context.training).map(|mask| {
            mask.draw(context);
            mask.images().values
        });
        let ([x], y) = context.tensors.forward([self.input.tensor], self.output);
        let slots = &context.parameters.slots;
        let in_place = context.in_place.filter(|_| self.input.tensor == 0);
        let args = Forward {
            linear: self.linear,
            images: context.images,
            input: in_place.unwrap_or(x.values),
            weight: &slots[self.weight].values,
            updated: context.training && slots[self.weight].changes_at_once(),
            bias: self.bias.map(|bias| &slots[bias].values[..]),
            mask,
            output: y.values,
            before: Some(&mut self.before[..]).filter(|kept| context.training && !kept.is_empty()),
            halves: &mut self.halves,
        };
        let forward = if in_place.is_some() { forward_side_by_side } else { forward };
        self.finite = forward(context.team, args);
    }

    fn backward(&mut self, context: &mut Context<'_>) {
        let ([x, y], dy, dx) = context.tensors.backward_in_place(self.input.tensor, self.output);
        let accumulate = self.input.accumulate;
        let d_input = self.input.gradient.then_some(InputGradient { values: dx.values, accumulate });
        let slots = &mut context.parameters.slots;
        let (weight, bias) = match self.bias {
            Some(bias) => {
                let [weight, bias] = slots.get_disjoint_mut([self.weight, bias]).expect("two parameters");
                (weight, Some(bias))
            }
            None => (&mut slots[self.weight], None),
        };
        backward(
            context.team,
            Backward {
                linear: self.linear,
                images: context.images,
                input: x.values,
                output: y.values,
                before: Some(&self.before),
                mask: self.mask.as_ref().map(|mask| mask.images().values),
                d_output: dy.values,
                d_input,
                finite: self.finite,
                weight: weight.parameter(),
                bias: bias.map(|bias| bias.parameter()),
                scratch: &mut self.scratch,
            },
        );
    }
}
