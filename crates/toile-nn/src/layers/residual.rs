//! A block whose input is added to its output, and the sum at its end.

use toile_kernels::add::{self, reference as kernel};
use toile_kernels::buffer::try_filled;
use toile_kernels::real::Real;
use toile_kernels::stochastic_depth::reference::{self as depth, Draw};
use toile_kernels::stochastic_depth::{backward, forward};

use super::conv2d::Conv2d;
use super::operation::Operation;
use crate::engine::stage::{Build, Built, Context, Site, Source, Stage};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::place::{Place, TensorId};
use crate::graph::shape::Shape;
use crate::graph::tail::Tail;
use crate::plain::node::{Backward, Forward, Mode, Plain, Saved};
use crate::setting::{Bound, Pair, ReadSettings, Setting};

/// A block whose input is added to its output. It is made of layers `L`, which may be blocks themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Residual<L> {
    /// The block. Its output is added to its input.
    pub layers: Vec<L>,
    /// Send the input through a 1x1 convolution without bias, strided to match the block's output,
    /// instead of adding it as it is. Needed where the block changes the shape; false.
    pub projection: bool,
    /// Probability to leave the block out of an image in training, in [0, 1); 0. Where it is kept, it counts
    /// 1 / (1 - p) times (stochastic depth, Huang et al. 2016).
    pub stochastic_depth: f64,
}

impl<L> Residual<L> {
    pub(super) const NAME: &'static str = "Residual";
    pub(super) const KEYS: &'static [&'static str] = &["layers", "projection", "stochastic_depth"];
    pub(super) const EXAMPLE: &'static str = "{ Residual = { layers = [...], projection = false } }";

    /// A block of these layers without a projection.
    pub fn new(layers: Vec<L>) -> Self {
        Residual { layers, projection: false, stochastic_depth: 0.0 }
    }

    pub(super) fn read<S: ReadSettings>(settings: &mut S, layers: Vec<L>) -> Result<Self, S::Error> {
        let projection = settings.boolean("projection", false)?;
        let stochastic_depth = settings.number("stochastic_depth", Bound::BELOW_ONE, 0.0)?;
        Ok(Residual { layers, projection, stochastic_depth })
    }

    /// Stochastic depth only where it is set: recipes of before it was there keep their digests.
    pub(super) fn settings(&self) -> Vec<Setting> {
        let mut settings = vec![Setting::new("projection", self.projection)];
        settings.extend(depth_setting(self.stochastic_depth));
        settings
    }

    /// The sum at its end.
    pub(crate) fn sum(&self, claims: &mut Claims) -> Result<Add, Mistake> {
        let stochastic_depth = self.stochastic_depth;
        if !(Bound::BELOW_ONE.allows)(stochastic_depth) {
            let message = format!("stochastic_depth = {stochastic_depth}");
            return Err(Mistake::new(message, "choose it from 0 (inclusive) to 1 (exclusive)"));
        }
        if stochastic_depth > 0.0 {
            claims.stream();
        }
        Ok(Add { stochastic_depth })
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

fn depth_setting(p: f64) -> Option<Setting> {
    (p > 0.0).then(|| Setting::new("stochastic_depth", p))
}

/// The sum of two tensors: what ends a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Add {
    /// Probability to leave out the block's own output in training; 0.
    pub stochastic_depth: f64,
}

impl Add {
    /// What an image's branch is multiplied with is drawn from the stream that the block has claimed.
    fn draw<'a>(self, place: &Place, seed: u64, epoch: u32, image_ids: &'a [u32]) -> Draw<'a> {
        let ordinal = place.stream.expect("a block with stochastic depth has claimed its stream");
        Draw { p: self.stochastic_depth, seed, ordinal, epoch, image_ids }
    }
}

impl Add {
    /// Its name in tables.
    pub(super) const NAME: &'static str = "Add";
}

impl Operation for Add {
    fn name(&self) -> &'static str {
        Add::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        depth_setting(self.stochastic_depth).into_iter().collect()
    }

    fn pytorch(&self, _place: &Place) -> String {
        let depth = depth_setting(self.stochastic_depth);
        depth.map_or("Add()".into(), |depth| format!("Add({}={})", depth.name, depth.value))
    }

    /// Another stage can do the sum on the way, if nothing is left out of it.
    fn tail(&self, place: &Place) -> Option<Tail> {
        (self.stochastic_depth == 0.0).then(|| Tail::Sum { skip: place.inputs[1] })
    }

    fn stage(&self, site: Site<'_>) -> Build {
        let &[input, skip] = site.sources else { unreachable!("a sum reads two tensors") };
        let images = if self.stochastic_depth > 0.0 { site.sizes.batch_size } else { 0 };
        let stage = AddStage {
            layer: *self,
            place: site.place.clone(),
            inputs: [input, skip],
            output: site.output,
            factors: try_filled(0.0, images)?,
        };
        Ok(Some(Built { stage: Box::new(stage), packings: vec![] }))
    }
}

/// What each image's branch was multiplied with; none where nothing is left out.
struct Factors<T>(Vec<T>);

impl<T: Real> Plain<T> for Add {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        let Mode::Training { image_ids, epoch, seed, masks } = run.mode else {
            kernel::forward(run.inputs[0], run.inputs[1], y);
            return Saved::new(Factors::<T>(vec![]));
        };
        if self.stochastic_depth == 0.0 {
            kernel::forward(run.inputs[0], run.inputs[1], y);
            return Saved::new(Factors::<T>(vec![]));
        }
        let draw = self.draw(run.place, seed, epoch, image_ids);
        let mut factors = vec![T::ZERO; image_ids.len()];
        depth::factors(draw, &mut factors);
        if let Some(masks) = masks {
            for (factor, &image_id) in factors.iter_mut().zip(image_ids) {
                let scale = toile_kernels::dropout::reference::scale(draw.p);
                *factor = if masks.keep(draw.ordinal, image_id, 0) { scale } else { T::ZERO };
            }
        }
        let len = run.place.output_shape.len();
        let summands = run.inputs[0].chunks_exact(len).zip(run.inputs[1].chunks_exact(len));
        for ((&factor, (x, skip)), y) in factors.iter().zip(summands).zip(y.chunks_exact_mut(len)) {
            depth::forward(factor, x, skip, y);
        }
        Saved::new(Factors(factors))
    }

    fn backward(&self, run: Backward<'_, T>) {
        let Factors(factors) = run.saved.get::<Factors<T>>();
        let (len, dy) = (run.place.output_shape.len(), run.dy);
        let [branch, skip] = run.place.inputs[..] else { unreachable!("a sum reads two tensors") };
        run.gradients.visit(branch, dy.len(), |accumulate, dx| {
            if factors.is_empty() {
                return kernel::input_gradient(dy, accumulate, dx);
            }
            let images = dy.chunks_exact(len).zip(dx.chunks_exact_mut(len));
            for (&factor, (dy, dx)) in factors.iter().zip(images) {
                depth::input_gradient(factor, dy, accumulate, dx);
            }
        });
        run.gradients.visit(skip, dy.len(), |accumulate, dx| kernel::input_gradient(dy, accumulate, dx));
    }
}

/// The engine's stage where no other stage does it on the way.
#[derive(Debug)]
struct AddStage {
    layer: Add,
    place: Place,
    /// The block's output, then the skip.
    inputs: [Source; 2],
    output: TensorId,
    /// With stochastic depth: what each image's branch is multiplied with in this step.
    factors: Vec<f32>,
}

impl Stage for AddStage {
    fn forward(&mut self, context: &mut Context<'_>) {
        let (summands, y) = context.tensors.forward(self.inputs.map(|input| input.tensor), self.output);
        if self.factors.is_empty() || !context.training {
            return add::forward(context.team, context.images, summands, y);
        }
        let Context { seed, epoch, image_ids, .. } = *context;
        depth::factors(self.layer.draw(&self.place, seed, epoch, image_ids), &mut self.factors);
        forward(context.team, &self.factors[..context.images], summands, y);
    }

    fn backward(&mut self, context: &mut Context<'_>) {
        for (index, input) in
            self.inputs.iter().enumerate().filter(|(_, input)| input.gradient && !input.shared)
        {
            let ([.., dy], dx) = context.tensors.backward(input.tensor, self.output);
            if index == 0 && !self.factors.is_empty() {
                backward(context.team, &self.factors[..context.images], dy, input.accumulate, dx);
            } else {
                add::backward(context.team, context.images, dy, input.accumulate, dx);
            }
        }
    }
}
