//! Mean of each window.

use toile_kernels::avg_pool2d;
use toile_kernels::avg_pool2d::reference::{self as kernel, AvgPoolGeometry};
use toile_kernels::real::Real;

use super::operation::{Family, Kind, Operation};
use super::window::{NONE, Pooling, Window};
use crate::engine::stage::{Build, Built, Context, Site, Source, Stage};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::place::{Place, TensorId};
use crate::graph::shape::Shape;
use crate::plain::node::{Backward, Forward, Plain, Saved};
use crate::setting::{Pair, ReadSettings, Setting};

/// Mean of each window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvgPool2d {
    /// Size of the window.
    pub kernel_size: Pair,
    /// Step of the window; the kernel size.
    pub stride: Pair,
    /// Zeros on each side, at most half the kernel; 0.
    pub padding: Pair,
    /// Round the output size up instead of down; false. The last window then hangs over the edge.
    pub ceil_mode: bool,
    /// Whether padding counts in the mean; true.
    pub count_include_pad: bool,
}

impl AvgPool2d {
    /// Square windows side by side.
    pub fn new(kernel_size: usize) -> Self {
        let kernel_size = Pair::square(kernel_size);
        AvgPool2d {
            kernel_size,
            stride: kernel_size,
            padding: NONE,
            ceil_mode: false,
            count_include_pad: true,
        }
    }

    fn window(&self) -> Window {
        Window { kernel: self.kernel_size, stride: self.stride, padding: self.padding }
    }

    fn geometry(&self, place: &Place) -> AvgPoolGeometry {
        let window = self.window().geometry(place);
        AvgPoolGeometry::Sliding { window, count_include_pad: self.count_include_pad }
    }
}

impl Kind for AvgPool2d {
    const NAME: &'static str = "AvgPool2d";
    const FAMILY: Family = Family::Pool;
    const KEYS: &'static [&'static str] =
        &["kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"];
    const EXAMPLE: &'static str = "{ AvgPool2d = { kernel_size = 2 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let Pooling { window, ceil_mode } = Pooling::read(settings)?;
        let Window { kernel, stride, padding } = window;
        let count_include_pad = settings.boolean("count_include_pad", true)?;
        Ok(AvgPool2d { kernel_size: kernel, stride, padding, ceil_mode, count_include_pad })
    }

    fn resolve(&self, input: Shape, _claims: &mut Claims) -> Result<Shape, Mistake> {
        let [channels, height, width] = input.image(Self::NAME)?;
        let [height, width] = self.window().pool(self.ceil_mode, [height, width], Self::NAME)?;
        Ok(Shape::Image { channels, height, width })
    }
}

impl Operation for AvgPool2d {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        let mut settings = Pooling { window: self.window(), ceil_mode: self.ceil_mode }.settings();
        settings.push(Setting::new("count_include_pad", self.count_include_pad));
        settings
    }

    fn pytorch(&self, _place: &Place) -> String {
        format!("AvgPool2d({})", self.window().pytorch(self.kernel_size))
    }

    fn stage(&self, site: Site<'_>) -> Build {
        Ok(Some(AvgPoolStage::build(self.geometry(site.place), site)))
    }
}

impl<T: Real> Plain<T> for AvgPool2d {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        forward(&self.geometry(run.place), run, y)
    }

    fn backward(&self, run: Backward<'_, T>) {
        backward(&self.geometry(run.place), run);
    }
}

/// The plain forward pass of either kind of mean.
pub(super) fn forward<T: Real>(geometry: &AvgPoolGeometry, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
    let [channels, ..] = run.place.input_shape.dims();
    kernel::forward(geometry, channels, run.x(), y);
    Saved::nothing()
}

/// The plain backward pass of either kind of mean.
pub(super) fn backward<T: Real>(geometry: &AvgPoolGeometry, mut run: Backward<'_, T>) {
    let ([channels, ..], dy) = (run.place.input_shape.dims(), run.dy);
    run.visit(|accumulate, dx| kernel::input_gradient(geometry, channels, dy, accumulate, dx));
}

/// The engine's stage of either kind of mean.
#[derive(Debug)]
pub(super) struct AvgPoolStage {
    geometry: AvgPoolGeometry,
    input: Source,
    output: TensorId,
}

impl AvgPoolStage {
    pub(super) fn build(geometry: AvgPoolGeometry, site: Site<'_>) -> Built {
        let stage = AvgPoolStage { geometry, input: site.sources[0], output: site.output };
        Built { stage: Box::new(stage), packings: vec![] }
    }
}

impl Stage for AvgPoolStage {
    fn forward(&mut self, context: &mut Context<'_>) {
        let ([x], y) = context.tensors.forward([self.input.tensor], self.output);
        avg_pool2d::forward(context.team, self.geometry, context.images, x, y);
    }

    fn backward(&mut self, context: &mut Context<'_>) {
        if self.input.gradient {
            let ([.., dy], dx) = context.tensors.backward(self.input.tensor, self.output);
            let accumulate = self.input.accumulate;
            avg_pool2d::backward(context.team, self.geometry, context.images, dy, accumulate, dx);
        }
    }
}
