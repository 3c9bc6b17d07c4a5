//! Batch normalisation with ReLU.

use toile_kernels::batch_norm::reference::{Moments, invstd};
use toile_kernels::batch_norm::{Backward, Normalise, backward, moments, normalise, workspace_len};
use toile_kernels::buffer::Buffer;
use toile_kernels::layout::Layout;
use toile_kernels::optimizer::{Partials, update};

use super::{Context, Source};
use crate::description::TensorId;

#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Settings {
    pub(in crate::engine) eps: f64,
    pub(in crate::engine) momentum: f64,
    pub(in crate::engine) relu: bool,
}

#[derive(Debug)]
pub(in crate::engine) struct Stage {
    settings: Settings,
    pub(in crate::engine) input: Source,
    output: TensorId,
    /// First of four parameters: weight, bias, running mean, running variance.
    weight: usize,
    moments: Vec<Moments>,
    /// Mean and invstd in use, [channel] each.
    mean: Vec<f32>,
    invstd: Vec<f32>,
    workspace: Buffer,
    terms: Vec<f32>,
    /// Gradients of weight and bias.
    dgamma: Vec<f32>,
    dbeta: Vec<f32>,
}

impl Stage {
    pub(in crate::engine) fn new(
        settings: Settings,
        input: Source,
        output: TensorId,
        weight: usize,
        layout: Layout,
        batch_size: usize,
    ) -> Stage {
        let zeros = vec![0.0; layout.channels];
        Stage {
            settings,
            input,
            output,
            weight,
            moments: vec![Moments::default(); layout.channels],
            mean: zeros.clone(),
            invstd: zeros.clone(),
            workspace: Buffer::zeroed(workspace_len(layout, batch_size)),
            terms: vec![0.0; 3 * layout.channels],
            dgamma: zeros.clone(),
            dbeta: zeros,
        }
    }

    pub(in crate::engine) fn forward(&mut self, context: &mut Context<'_>) {
        let ([x], y) = context.tensors.forward([self.input.tensor], self.output);
        let Settings { eps, momentum, relu } = self.settings;
        let [gamma, beta, running_mean, running_variance] =
            &mut context.parameters.slots[self.weight..self.weight + 4]
        else {
            unreachable!("a BatchNorm has four parameters")
        };
        if context.training {
            moments(context.team, context.images, x, &mut self.workspace, &mut self.moments);
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
        let with = Normalise { mean, invstd, gamma: &gamma.values, beta: &beta.values, relu };
        normalise(context.team, context.images, with, x, y);
    }

    pub(in crate::engine) fn backward(&mut self, context: &mut Context<'_>) {
        let [gamma, beta, ..] = &mut context.parameters.slots[self.weight..self.weight + 4] else {
            unreachable!("a BatchNorm has four parameters")
        };
        let ([x, y, dy], dx) = context.tensors.backward(self.input.tensor, self.output);
        let with = Normalise {
            mean: &self.mean,
            invstd: &self.invstd,
            gamma: &gamma.values,
            beta: &beta.values,
            relu: self.settings.relu,
        };
        let args = Backward { images: context.images, with, x, y, dy };
        let gradients = [&mut self.dgamma[..], &mut self.dbeta[..]];
        let dx = self.input.gradient.then_some(dx);
        backward(
            context.team,
            args,
            gradients,
            self.input.accumulate,
            dx,
            &mut self.workspace,
            &mut self.terms,
        );
        for (slot, values) in [(gamma, &self.dgamma), (beta, &self.dbeta)] {
            let partials = Partials { values, groups: 1, stride: values.len(), offset: 0 };
            update(context.team, context.rule, slot.parameter(), partials);
        }
    }
}
