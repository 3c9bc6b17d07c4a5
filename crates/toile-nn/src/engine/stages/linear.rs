//! Fully connected layer with bias, ReLU and dropout.

use toile_kernels::dropout;
use toile_kernels::linear::{Backward, Forward, InputGradient, Linear, backward, forward};

use super::{Context, Mask, Source};
use crate::description::TensorId;

#[derive(Debug)]
pub(in crate::engine) struct Stage {
    linear: Linear,
    pub(in crate::engine) input: Source,
    output: TensorId,
    /// Parameters: weight and bias.
    weight: usize,
    bias: Option<usize>,
    mask: Option<Mask>,
}

impl Stage {
    pub(in crate::engine) fn new(
        linear: Linear,
        input: Source,
        output: TensorId,
        weight: usize,
        bias: Option<usize>,
        dropout: Option<(f64, u16)>,
        batch_size: usize,
    ) -> Stage {
        // Dropout of nothing multiplies by 1.
        let dropout = dropout.filter(|&(p, _)| p > 0.0);
        let mask = dropout.map(|(p, ordinal)| Mask::new(p, ordinal, false, linear.output, batch_size));
        Stage { linear, input, output, weight, bias, mask }
    }

    pub(in crate::engine) fn forward(&mut self, context: &mut Context<'_>) {
        let mask = self.mask.as_mut().filter(|_| context.training).map(|mask| {
            mask.draw(context.team, context.seed, context.epoch, context.image_ids);
            mask.images().values
        });
        let ([x], y) = context.tensors.forward([self.input.tensor], self.output);
        let slots = &context.parameters.slots;
        forward(
            context.team,
            Forward {
                linear: self.linear,
                images: context.images,
                input: x.values,
                weight: &slots[self.weight].values,
                bias: self.bias.map(|bias| &slots[bias].values[..]),
                mask,
                output: y.values,
            },
        );
    }

    pub(in crate::engine) fn backward(&mut self, context: &mut Context<'_>) {
        let images = context.images;
        let (y, dy) = context.tensors.output_gradient_mut(self.output);
        let mask = self.mask.as_ref().map(Mask::images);
        dropout::backward_in_place(context.team, images, self.linear.relu.then_some(y), mask, dy);

        let ([x, _, dy], dx) = context.tensors.backward(self.input.tensor, self.output);
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
                images,
                input: x.values,
                d_output: dy.values,
                d_input,
                rule: context.rule,
                weight: weight.parameter(),
                bias: bias.map(|bias| bias.parameter()),
            },
        );
    }
}
