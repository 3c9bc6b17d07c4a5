//! What all functions of each value by itself have in common.

use toile_kernels::activation::{self, Activation, reference};
use toile_kernels::real::Real;

use super::operation::Operation;
use crate::engine::stage::{Build, Built, Context, Site, Source, Stage};
use crate::graph::place::{Place, TensorId};
use crate::graph::tail::Tail;
use crate::plain::node::{Backward, Forward, Plain, Saved};
use crate::setting::Setting;

/// A layer that applies an activation to each value.
pub(crate) trait Elementwise: std::fmt::Debug {
    /// Its name in tables.
    fn name(&self) -> &'static str;

    /// Which kernel it is.
    fn activation(&self) -> Activation;

    /// Its settings as data.
    fn settings(&self) -> Vec<Setting> {
        vec![]
    }

    /// Its arguments as PyTorch would write them.
    fn arguments(&self) -> String {
        String::new()
    }
}

impl<E: Elementwise> Operation for E {
    fn name(&self) -> &'static str {
        Elementwise::name(self)
    }

    fn settings(&self) -> Vec<Setting> {
        Elementwise::settings(self)
    }

    fn pytorch(&self, _place: &Place) -> String {
        format!("{}({})", Elementwise::name(self), self.arguments())
    }

    fn tail(&self, _place: &Place) -> Option<Tail> {
        Some(Tail::Activation(self.activation()))
    }

    fn stage(&self, site: Site<'_>) -> Build {
        let (activation, input, output) = (self.activation(), site.sources[0], site.output);
        let stage = ActivationStage { activation, input, output };
        Ok(Some(Built { stage: Box::new(stage), packings: vec![] }))
    }
}

impl<T: Real, E: Elementwise> Plain<T> for E {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        reference::forward(self.activation(), run.x(), y);
        Saved::nothing()
    }

    fn backward(&self, mut run: Backward<'_, T>) {
        let (x, dy) = (run.x, run.dy);
        run.visit(|accumulate, dx| reference::input_gradient(self.activation(), x, dy, accumulate, dx));
    }
}

/// The engine's stage of an activation where no other stage does it on the way.
#[derive(Debug)]
struct ActivationStage {
    activation: Activation,
    input: Source,
    output: TensorId,
}

impl Stage for ActivationStage {
    fn forward(&mut self, context: &mut Context<'_>) {
        let ([x], y) = context.tensors.forward([self.input.tensor], self.output);
        activation::forward(context.team, self.activation, context.images, x, y);
    }

    fn backward(&mut self, context: &mut Context<'_>) {
        if self.input.gradient {
            let ([x, _, dy], dx) = context.tensors.backward(self.input.tensor, self.output);
            let accumulate = self.input.accumulate;
            activation::backward(context.team, self.activation, context.images, [x, dy], accumulate, dx);
        }
    }
}
