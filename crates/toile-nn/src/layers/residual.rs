//! A block whose input is added to its output, and the sum at its end.

use toile_kernels::add::{self, reference as kernel};
use toile_kernels::real::Real;

use super::conv2d::Conv2d;
use super::operation::Operation;
use crate::engine::stage::{Build, Built, Context, Site, Source, Stage};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::place::{Place, TensorId};
use crate::graph::shape::Shape;
use crate::graph::tail::Tail;
use crate::plain::node::{Backward, Forward, Plain, Saved};
use crate::setting::{Pair, ReadSettings, Setting};

/// A block whose input is added to its output. It is made of layers `L`, which may be blocks themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Residual<L> {
    /// The block. Its output is added to its input.
    pub layers: Vec<L>,
    /// Send the input through a 1x1 convolution without bias, strided to match the block's output,
    /// instead of adding it as it is. Needed where the block changes the shape; false.
    pub projection: bool,
}

impl<L> Residual<L> {
    pub(super) const NAME: &'static str = "Residual";
    pub(super) const KEYS: &'static [&'static str] = &["layers", "projection"];
    pub(super) const EXAMPLE: &'static str = "{ Residual = { layers = [...], projection = false } }";

    /// A block of these layers without a projection.
    pub fn new(layers: Vec<L>) -> Self {
        Residual { layers, projection: false }
    }

    pub(super) fn read<S: ReadSettings>(settings: &mut S, layers: Vec<L>) -> Result<Self, S::Error> {
        Ok(Residual { layers, projection: settings.boolean("projection", false)? })
    }

    pub(super) fn settings(&self) -> Vec<Setting> {
        vec![Setting::new("projection", self.projection)]
    }
}

/// What the input of a block goes through on its way to the sum.
pub(crate) enum Skip {
    /// Nothing.
    Identity,
    /// A convolution.
    Projection(Conv2d),
}

/// How the input of a block, of shape `input`, can be added to its output; claims a projection's weight.
pub(crate) fn skip(
    projection: bool,
    input: Shape,
    output: Shape,
    claims: &mut Claims,
) -> Result<Skip, Mistake> {
    match (projection, input, output) {
        (false, ..) if input.lies_like(output) => Ok(Skip::Identity),
        (false, Shape::Features { len, .. }, Shape::Features { len: to, .. }) if len == to => {
            let message = format!(
                "a Residual block cannot add {output} to {input} of a flattened image: \
                 they lie in another order"
            );
            Err(Mistake::new(message, "put a Linear layer in front of the block"))
        }
        (false, ..) => {
            let message = format!("a Residual block turns {input} into {output}: they cannot be added");
            Err(Mistake::new(message, "set projection = true, or make the block keep the shape"))
        }
        (
            true,
            Shape::Image { height, width, .. },
            Shape::Image { channels, height: rows, width: columns },
        ) => {
            let stride = Pair { height: height.div_ceil(rows), width: width.div_ceil(columns) };
            if (height - 1) / stride.height + 1 != rows || (width - 1) / stride.width + 1 != columns {
                let message = format!("no strided 1x1 projection turns {input} into {output}");
                return Err(Mistake::new(message, "make the block divide height and width evenly"));
            }
            let projection = Conv2d::projection(channels, stride);
            projection.resolve_as("projection", input, claims)?;
            Ok(Skip::Projection(projection))
        }
        (true, ..) => Err(Mistake::new("a projection needs images on both sides", "set projection = false")),
    }
}

/// The sum of two tensors: what ends a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Add;

impl Operation for Add {
    fn name(&self) -> &'static str {
        "Add"
    }

    fn settings(&self) -> Vec<Setting> {
        vec![]
    }

    fn pytorch(&self, _place: &Place) -> String {
        "Add()".into()
    }

    fn tail(&self, place: &Place) -> Option<Tail> {
        Some(Tail::Sum { skip: place.inputs[1] })
    }

    fn stage(&self, site: Site<'_>) -> Build {
        let &[input, skip] = site.sources else { unreachable!("a sum reads two tensors") };
        let stage = AddStage { inputs: [input, skip], output: site.output };
        Ok(Some(Built { stage: Box::new(stage), packings: vec![] }))
    }
}

impl<T: Real> Plain<T> for Add {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        kernel::forward(run.inputs[0], run.inputs[1], y);
        Saved::nothing()
    }

    fn backward(&self, run: Backward<'_, T>) {
        for &summand in &run.place.inputs {
            run.gradients.visit(summand, run.dy.len(), |accumulate, dx| {
                kernel::input_gradient(run.dy, accumulate, dx);
            });
        }
    }
}

/// The engine's stage where no other stage does it on the way.
#[derive(Debug)]
struct AddStage {
    inputs: [Source; 2],
    output: TensorId,
}

impl Stage for AddStage {
    fn forward(&mut self, context: &mut Context<'_>) {
        let (summands, y) = context.tensors.forward(self.inputs.map(|input| input.tensor), self.output);
        add::forward(context.team, context.images, summands, y);
    }

    fn backward(&mut self, context: &mut Context<'_>) {
        for input in self.inputs.iter().filter(|input| input.gradient && !input.shared) {
            let ([.., dy], dx) = context.tensors.backward(input.tensor, self.output);
            add::backward(context.team, context.images, dy, input.accumulate, dx);
        }
    }
}
