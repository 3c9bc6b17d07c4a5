//! Batch normalisation with what follows it: the sum at the end of a residual block, activation, 2x2 max-pooling.

use toile_kernels::activation::Activation;
use toile_kernels::add;
use toile_kernels::batch_norm::reference::{Moments, invstd};
use toile_kernels::batch_norm::{
    Backward, GradientTerms, Normalise, OutputGradient, input_gradient, join_moments, moments, normalise,
    normalise_pooled, sums, workspace_len,
};
use toile_kernels::buffer::Buffer;
use toile_kernels::layout::Layout;
use toile_kernels::optimizer::{Partials, update};

use super::{Context, Source};
use crate::description::TensorId;

#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Settings {
    pub(in crate::engine) eps: f64,
    pub(in crate::engine) momentum: f64,
    pub(in crate::engine) activation: Option<Activation>,
    /// Excludes a skip.
    pub(in crate::engine) pool: bool,
}

#[derive(Debug)]
pub(in crate::engine) struct Stage {
    settings: Settings,
    /// The skip that is added, where there is one, and what is normalised: in the order in which their
    /// gradients are written.
    pub(in crate::engine) sources: Vec<Source>,
    pub(in crate::engine) output: TensorId,
    /// Whether the convolution before has taken the input's moments.
    pub(in crate::engine) measured: bool,
    /// First of four parameters: weight, bias, running mean, running variance.
    weight: usize,
    moments: Vec<Moments>,
    /// Mean and invstd in use, [channel] each.
    mean: Vec<f32>,
    invstd: Vec<f32>,
    /// With pooling: which pixel of each window won.
    winners: Vec<u8>,
    /// What went into the activation, where its gradient needs that.
    before: Buffer,
    workspace: Buffer,
    terms: GradientTerms,
    /// Gradients of weight and bias.
    dgamma: Vec<f32>,
    dbeta: Vec<f32>,
}

impl Stage {
    pub(in crate::engine) fn new(
        settings: Settings,
        sources: Vec<Source>,
        output: TensorId,
        weight: usize,
        [large, small]: [Layout; 2],
        [batch_size, capacity]: [usize; 2],
    ) -> Stage {
        let keeps_before = settings.activation.is_some_and(Activation::keeps_input);
        let zeros = vec![0.0; large.channels];
        Stage {
            settings,
            sources,
            output,
            measured: false,
            weight,
            moments: vec![Moments::default(); large.channels],
            mean: zeros.clone(),
            invstd: zeros.clone(),
            winners: vec![0; if settings.pool { capacity * small.image_len() } else { 0 }],
            before: Buffer::zeroed(if keeps_before { small.buffer_len(batch_size) } else { 0 }),
            workspace: Buffer::zeroed(workspace_len(large, batch_size)),
            terms: GradientTerms::new(large.channels),
            dgamma: zeros.clone(),
            dbeta: zeros,
        }
    }

    /// What is normalised, and the skip.
    fn input_and_skip(&self) -> (Source, Option<Source>) {
        match self.sources[..] {
            [skip, input] => (input, Some(skip)),
            _ => (self.sources[0], None),
        }
    }

    /// The tensor that is normalised.
    pub(in crate::engine) fn input(&self) -> TensorId {
        self.input_and_skip().0.tensor
    }

    /// The skip, what is normalised, and the output, where there is a sum.
    pub(in crate::engine) fn sum(&mut self) -> Option<(&mut Source, TensorId, TensorId)> {
        match &mut self.sources[..] {
            [skip, input] => Some((skip, input.tensor, self.output)),
            _ => None,
        }
    }

    pub(in crate::engine) fn forward(&mut self, context: &mut Context<'_>) {
        let Settings { eps, momentum, activation, pool } = self.settings;
        let [gamma, beta, running_mean, running_variance] =
            &mut context.parameters.slots[self.weight..self.weight + 4]
        else {
            unreachable!("a BatchNorm has four parameters")
        };
        let (input, skip) = self.input_and_skip();
        if context.training {
            let (x, of_images) = context.tensors.moments_mut(input.tensor);
            if !self.measured {
                moments(context.team, context.images, x, of_images);
            }
            join_moments(x.layout, context.images, of_images, &mut self.moments);
            for (c, moments) in self.moments.iter().enumerate() {
                self.mean[c] = moments.mean as f32;
                self.invstd[c] = invstd(moments.variance(), eps);
                let (mean, variance) = (&mut running_mean.values[c], &mut running_variance.values[c]);
                moments.update_running(momentum, mean, variance);
            }
        } else {
            self.mean.copy_from_slice(&running_mean.values);
            for (to, &variance) in self.invstd.iter_mut().zip(running_variance.values.iter()) {
                *to = invstd(f64::from(variance), eps);
            }
        }
        let (mean, invstd) = (&self.mean, &self.invstd);
        let with = Normalise { mean, invstd, gamma: &gamma.values, beta: &beta.values, activation };
        let before = Some(&mut self.before[..]).filter(|kept| context.training && !kept.is_empty());
        if let Some(skip) = skip {
            let ([x, skip], y) = context.tensors.forward([input.tensor, skip.tensor], self.output);
            normalise(context.team, context.images, with, x, Some(skip), before, y);
        } else {
            let ([x], y) = context.tensors.forward([input.tensor], self.output);
            if pool {
                normalise_pooled(context.team, context.images, with, x, y, &mut self.winners);
            } else {
                normalise(context.team, context.images, with, x, None, before, y);
            }
        }
    }

    pub(in crate::engine) fn backward(&mut self, context: &mut Context<'_>) {
        let images = context.images;
        let [gamma, beta, ..] = &mut context.parameters.slots[self.weight..self.weight + 4] else {
            unreachable!("a BatchNorm has four parameters")
        };
        let Settings { activation, pool, .. } = self.settings;
        let keeps_before = !self.before.is_empty();
        let (input, skip) = self.input_and_skip();
        let with = Normalise {
            mean: &self.mean,
            invstd: &self.invstd,
            gamma: &gamma.values,
            beta: &beta.values,
            // What ReLU passed on behind pooling or a sum, they know themselves.
            activation: activation.filter(|_| keeps_before || (!pool && skip.is_none())),
        };
        let ([x, y], dy) = context.tensors.input_and_output_gradient_mut(input.tensor, self.output);
        let gradient = if pool {
            OutputGradient::Pooled { values: dy.as_images(), winners: &self.winners }
        } else if keeps_before {
            OutputGradient::Activated { before: &self.before, dy }
        } else if activation.is_some() && skip.is_some() {
            OutputGradient::Sum { y, dy }
        } else {
            OutputGradient::Dense(dy.as_images())
        };
        let gradients = [&mut self.dgamma[..], &mut self.dbeta[..]];
        let args = Backward { images, with, x, gradient };
        sums(context.team, args, gradients, &mut self.workspace, &mut self.terms);
        if let Some(skip) = skip.filter(|skip| skip.gradient && !skip.shared) {
            let ([.., dy], dx) = context.tensors.backward(skip.tensor, self.output);
            add::backward(context.team, images, dy, skip.accumulate, dx);
        }
        if input.gradient {
            let ([x, _, dy], dx) = context.tensors.backward(input.tensor, self.output);
            let gradient = if pool {
                OutputGradient::Pooled { values: dy, winners: &self.winners }
            } else {
                OutputGradient::Dense(dy)
            };
            let args = Backward { images, with, x, gradient };
            input_gradient(context.team, args, &self.terms, input.accumulate, dx);
        }
        for (slot, values) in [(gamma, &self.dgamma), (beta, &self.dbeta)] {
            let partials = Partials { values, groups: 1, stride: values.len(), offset: 0 };
            update(context.team, context.rule, slot.parameter(), partials);
        }
    }
}
