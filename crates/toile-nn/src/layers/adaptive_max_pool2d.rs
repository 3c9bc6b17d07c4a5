//! Largest value of as many windows as the output has pixels, from floor(i H / out) to ceil((i + 1) H / out).

use toile_kernels::adaptive_max_pool2d::reference::{self as kernel, AdaptiveMaxPoolGeometry};
use toile_kernels::adaptive_max_pool2d::{WINDOW_MAX, backward, forward};
use toile_kernels::buffer::Buffer;
use toile_kernels::real::Real;

use super::operation::{Family, Kind, Operation};
use super::window::{adapted, output_size, sides};
use crate::engine::stage::{Build, Built, Context, Site, Source, Stage};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::place::{Place, TensorId};
use crate::graph::shape::Shape;
use crate::plain::node::{Backward, Forward, Plain, Saved};
use crate::setting::{Pair, ReadSettings, Setting};

/// Largest value of as many windows as the output has pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveMaxPool2d {
    /// Size of the output.
    pub output_size: Pair,
}

impl AdaptiveMaxPool2d {
    /// A square output; 1 for the largest value of each channel.
    pub fn new(output_size: usize) -> Self {
        AdaptiveMaxPool2d { output_size: Pair::square(output_size) }
    }

    fn geometry(&self, place: &Place) -> AdaptiveMaxPoolGeometry {
        let [channels, height, width] = place.input_shape.dims();
        AdaptiveMaxPoolGeometry { input: [height, width], output: sides(self.output_size), channels }
    }
}

impl Kind for AdaptiveMaxPool2d {
    const NAME: &'static str = "AdaptiveMaxPool2d";
    const FAMILY: Family = Family::Pool;
    const KEYS: &'static [&'static str] = &["output_size"];
    const EXAMPLE: &'static str = "{ AdaptiveMaxPool2d = { output_size = 1 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        Ok(AdaptiveMaxPool2d { output_size: output_size(settings)? })
    }

    fn resolve(&self, input: Shape, _claims: &mut Claims) -> Result<Shape, Mistake> {
        let [channels, rows, columns] = input.image(Self::NAME)?;
        if rows * columns > WINDOW_MAX {
            let message = format!("{} of {input}: more than {WINDOW_MAX} pixels", Self::NAME);
            return Err(Mistake::new(message, "use a smaller image, or pool before this layer"));
        }
        adapted(self.output_size, channels)
    }
}

impl Operation for AdaptiveMaxPool2d {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        vec![Setting::new("output_size", self.output_size)]
    }

    fn pytorch(&self, _place: &Place) -> String {
        let Pair { height, width } = self.output_size;
        format!("AdaptiveMaxPool2d(({height}, {width}))")
    }

    fn stage(&self, site: Site<'_>) -> Build {
        let Site { sources, output, output_layout, sizes, .. } = site;
        let winners = Buffer::try_zeroed(sizes.capacity * output_layout.image_len())?;
        let stage = AdaptiveMaxPoolStage { input: sources[0], output, winners };
        Ok(Some(Built { stage: Box::new(stage), packings: vec![] }))
    }
}

impl<T: Real> Plain<T> for AdaptiveMaxPool2d {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        let mut winners = vec![0u32; y.len()];
        kernel::forward(&self.geometry(run.place), run.x(), y, &mut winners);
        Saved::new(winners)
    }

    fn backward(&self, mut run: Backward<'_, T>) {
        let (geometry, winners, dy) = (self.geometry(run.place), run.saved.get::<Vec<u32>>(), run.dy);
        run.visit(|accumulate, dx| kernel::input_gradient(&geometry, dy, winners, accumulate, dx));
    }
}

#[derive(Debug)]
struct AdaptiveMaxPoolStage {
    input: Source,
    output: TensorId,
    winners: Buffer,
}

impl Stage for AdaptiveMaxPoolStage {
    fn forward(&mut self, context: &mut Context<'_>) {
        let ([x], y) = context.tensors.forward([self.input.tensor], self.output);
        forward(context.team, context.images, x, y, &mut self.winners);
    }

    fn backward(&mut self, context: &mut Context<'_>) {
        if self.input.gradient {
            let ([.., dy], dx) = context.tensors.backward(self.input.tensor, self.output);
            backward(context.team, context.images, dy, &self.winners, self.input.accumulate, dx);
        }
    }
}
