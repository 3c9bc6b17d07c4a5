//! Mean over as many windows as the output has pixels, from floor(i H / out) to ceil((i + 1) H / out).

use toile_kernels::avg_pool2d::reference::AvgPoolGeometry;
use toile_kernels::real::Real;

use super::avg_pool2d::{self, AvgPoolStage};
use super::operation::{Family, Kind, Operation};
use super::window::{adapted, output_size, sides};
use crate::engine::stage::{Build, Site};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::place::Place;
use crate::graph::shape::Shape;
use crate::plain::node::{Backward, Forward, Plain, Saved};
use crate::setting::{Pair, ReadSettings, Setting};

/// Mean over as many windows as the output has pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveAvgPool2d {
    /// Size of the output.
    pub output_size: Pair,
}

impl AdaptiveAvgPool2d {
    /// A square output; 1 for the mean of each channel.
    pub fn new(output_size: usize) -> Self {
        AdaptiveAvgPool2d { output_size: Pair::square(output_size) }
    }

    fn geometry(&self, place: &Place) -> AvgPoolGeometry {
        let [_, height, width] = place.input_shape.dims();
        AvgPoolGeometry::Adaptive { input: [height, width], output: sides(self.output_size) }
    }
}

impl Kind for AdaptiveAvgPool2d {
    const NAME: &'static str = "AdaptiveAvgPool2d";
    const FAMILY: Family = Family::Pool;
    const KEYS: &'static [&'static str] = &["output_size"];
    const EXAMPLE: &'static str = "{ AdaptiveAvgPool2d = { output_size = 1 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        Ok(AdaptiveAvgPool2d { output_size: output_size(settings)? })
    }

    fn resolve(&self, input: Shape, _claims: &mut Claims) -> Result<Shape, Mistake> {
        let [channels, ..] = input.image(Self::NAME)?;
        adapted(self.output_size, channels)
    }
}

impl Operation for AdaptiveAvgPool2d {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        vec![Setting::new("output_size", self.output_size)]
    }

    fn pytorch(&self, _place: &Place) -> String {
        let Pair { height, width } = self.output_size;
        format!("AdaptiveAvgPool2d(({height}, {width}))")
    }

    fn stage(&self, site: Site<'_>) -> Build {
        Ok(Some(AvgPoolStage::build(self.geometry(site.place), site)))
    }
}

impl<T: Real> Plain<T> for AdaptiveAvgPool2d {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        avg_pool2d::forward(&self.geometry(run.place), run, y)
    }

    fn backward(&self, run: Backward<'_, T>) {
        avg_pool2d::backward(&self.geometry(run.place), run);
    }
}
