//! x - log(sum(exp(x))) over the classes; the last layer of every network.

use toile_kernels::log_softmax::reference as kernel;
use toile_kernels::real::Real;

use super::operation::{Family, Kind, Operation};
use crate::engine::stage::{Build, Site};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::place::Place;
use crate::graph::shape::Shape;
use crate::plain::node::{Backward, Forward, Plain, Saved};
use crate::setting::{ReadSettings, Setting};

/// x - log(sum(exp(x))) over the classes; the last layer of every network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogSoftmax;

impl Kind for LogSoftmax {
    const NAME: &'static str = "LogSoftmax";
    const FAMILY: Family = Family::Other;
    const KEYS: &'static [&'static str] = &[];
    const EXAMPLE: &'static str = "\"LogSoftmax\"";

    fn read<S: ReadSettings>(_settings: &mut S) -> Result<Self, S::Error> {
        Ok(LogSoftmax)
    }

    fn resolve(&self, input: Shape, _claims: &mut Claims) -> Result<Shape, Mistake> {
        input.features(Self::NAME)?;
        if let Shape::Features { flattened: Some([_, height, width]), .. } = input
            && height * width > 1
        {
            let message = format!(
                "LogSoftmax over {input} of a flattened image of {height}x{width} pixels: \
                 which value is which class would depend on their order in memory"
            );
            return Err(Mistake::new(message, "put a Linear layer in front of it"));
        }
        Ok(input)
    }
}

impl Operation for LogSoftmax {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        vec![]
    }

    fn pytorch(&self, _place: &Place) -> String {
        "LogSoftmax(dim=1)".into()
    }

    /// The engine does it together with the loss.
    fn stage(&self, _site: Site<'_>) -> Build {
        Ok(None)
    }
}

impl<T: Real> Plain<T> for LogSoftmax {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        kernel::forward(run.place.input_shape.len(), run.x(), y);
        Saved::nothing()
    }

    fn backward(&self, _run: Backward<'_, T>) {
        unreachable!("the gradient of the loss is that of the logits")
    }
}
