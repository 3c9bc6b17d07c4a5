//! Largest value of each window.

use toile_kernels::buffer::Buffer;
use toile_kernels::max_pool2d::{self, reference as kernel};
use toile_kernels::real::Real;
use toile_kernels::window::WindowGeometry;

use super::operation::{Family, Kind, Operation};
use super::window::{NONE, Pooling, Window};
use crate::engine::stage::{Build, Built, Context, Site, Source, Stage};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::place::{Place, TensorId};
use crate::graph::shape::Shape;
use crate::graph::tail::Tail;
use crate::plain::node::{Backward, Forward, Plain, Saved};
use crate::setting::{Pair, ReadSettings, Setting};

/// Largest value of each window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool2d {
    /// Size of the window.
    pub kernel_size: Pair,
    /// Step of the window; the kernel size.
    pub stride: Pair,
    /// Implicit minus infinity on each side, at most half the kernel; 0.
    pub padding: Pair,
    /// Round the output size up instead of down; false. The last window then hangs over the edge.
    pub ceil_mode: bool,
}

impl MaxPool2d {
    /// Square windows side by side.
    pub fn new(kernel_size: usize) -> Self {
        let kernel_size = Pair::square(kernel_size);
        MaxPool2d { kernel_size, stride: kernel_size, padding: NONE, ceil_mode: false }
    }

    fn window(&self) -> Window {
        Window { kernel: self.kernel_size, stride: self.stride, padding: self.padding }
    }
}

impl Kind for MaxPool2d {
    const NAME: &'static str = "MaxPool2d";
    const FAMILY: Family = Family::Pool;
    const KEYS: &'static [&'static str] = &["kernel_size", "stride", "padding", "ceil_mode"];
    const EXAMPLE: &'static str = "{ MaxPool2d = { kernel_size = 2 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let Pooling { window, ceil_mode } = Pooling::read(settings)?;
        let Window { kernel, stride, padding } = window;
        Ok(MaxPool2d { kernel_size: kernel, stride, padding, ceil_mode })
    }

    fn resolve(&self, input: Shape, _claims: &mut Claims) -> Result<Shape, Mistake> {
        let [channels, height, width] = input.image(Self::NAME)?;
        let [height, width] = self.window().pool(self.ceil_mode, [height, width], Self::NAME)?;
        Ok(Shape::Image { channels, height, width })
    }
}

impl Operation for MaxPool2d {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        Pooling { window: self.window(), ceil_mode: self.ceil_mode }.settings()
    }

    fn pytorch(&self, _place: &Place) -> String {
        format!("MaxPool2d({})", self.window().pytorch(self.kernel_size))
    }

    fn tail(&self, place: &Place) -> Option<Tail> {
        self.window().halves(place).then_some(Tail::Halving)
    }

    fn stage(&self, site: Site<'_>) -> Build {
        let Site { place, sources, output, output_layout, sizes, .. } = site;
        let winners = Buffer::try_zeroed(sizes.capacity * output_layout.image_len())?;
        let window = self.window().geometry(place);
        let stage = MaxPoolStage { window, input: sources[0], output, winners };
        Ok(Some(Built { stage: Box::new(stage), packings: vec![] }))
    }
}

impl<T: Real> Plain<T> for MaxPool2d {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        let [channels, ..] = run.place.input_shape.dims();
        let mut winners = vec![0u16; y.len()];
        kernel::forward(&self.window().geometry(run.place), channels, run.x(), y, &mut winners);
        Saved::new(winners)
    }

    fn backward(&self, mut run: Backward<'_, T>) {
        let [channels, ..] = run.place.input_shape.dims();
        let (geometry, winners, dy) =
            (self.window().geometry(run.place), run.saved.get::<Vec<u16>>(), run.dy);
        run.visit(|accumulate, dx| {
            kernel::input_gradient(&geometry, channels, dy, winners, accumulate, dx);
        });
    }
}

/// The engine's stage where no other stage does it on the way.
#[derive(Debug)]
struct MaxPoolStage {
    window: WindowGeometry,
    input: Source,
    output: TensorId,
    winners: Buffer,
}

impl Stage for MaxPoolStage {
    fn forward(&mut self, context: &mut Context<'_>) {
        let ([x], y) = context.tensors.forward([self.input.tensor], self.output);
        max_pool2d::forward(context.team, self.window, context.images, x, y, &mut self.winners);
    }

    fn backward(&mut self, context: &mut Context<'_>) {
        if self.input.gradient {
            let ([.., dy], dx) = context.tensors.backward(self.input.tensor, self.output);
            let (images, accumulate) = (context.images, self.input.accumulate);
            max_pool2d::backward(context.team, self.window, images, dy, &self.winners, accumulate, dx);
        }
    }
}
