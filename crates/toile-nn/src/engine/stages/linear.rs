//! Fully connected layer with bias, activation and dropout.

use toile_kernels::buffer::Buffer;
use toile_kernels::linear::{
    Backward, Forward, InputGradient, Linear, Scratch, backward, forward, forward_side_by_side,
};

use super::{Context, Mask, Source};
use crate::description::TensorId;

#[derive(Debug)]
pub(in crate::engine) struct Stage {
    linear: Linear,
    pub(in crate::engine) input: Source,
    pub(in crate::engine) output: TensorId,
    /// Parameters: weight and bias.
    weight: usize,
    bias: Option<usize>,
    mask: Option<Mask>,
    /// What went into the activation, where its gradient needs that.
    before: Buffer,
    /// Whether inputs, weight and sums of the last forward pass were finite.
    finite: bool,
    scratch: Scratch,
}

impl Stage {
    pub(in crate::engine) fn new(
        linear: Linear,
        input: Source,
        output: TensorId,
        weight: usize,
        bias: Option<usize>,
        dropout: Option<(f64, u16)>,
        [batch_size, threads]: [usize; 2],
    ) -> Stage {
        // Dropout of nothing multiplies by 1.
        let dropout = dropout.filter(|&(p, _)| p > 0.0);
        let mask = dropout.map(|(p, ordinal)| Mask::new(p, ordinal, false, linear.output, batch_size));
        let scratch = Scratch::new(&linear, batch_size, threads);
        let before = Buffer::zeroed(linear.before_len(batch_size));
        Stage { linear, input, output, weight, bias, mask, before, finite: false, scratch }
    }

    pub(in crate::engine) fn forward(&mut self, context: &mut Context<'_>) {
        let mask = self.mask.as_mut().filter(|_| context.training).map(|mask| {
            mask.draw(context.team, context.seed, context.epoch, context.image_ids);
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
            bias: self.bias.map(|bias| &slots[bias].values[..]),
            mask,
            output: y.values,
            before: Some(&mut self.before[..]).filter(|kept| context.training && !kept.is_empty()),
        };
        let forward = if in_place.is_some() { forward_side_by_side } else { forward };
        self.finite = forward(context.team, args);
    }

    pub(in crate::engine) fn backward(&mut self, context: &mut Context<'_>) {
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
                rule: context.rule,
                weight: weight.parameter(),
                bias: bias.map(|bias| bias.parameter()),
                scratch: &mut self.scratch,
            },
        );
    }
}
