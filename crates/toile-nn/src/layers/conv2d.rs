//! 2-d convolution (cross-correlation, as in PyTorch).

mod stage;

use toile_kernels::conv2d::reference::{self as direct, Conv2dGeometry};
use toile_kernels::conv2d::winograd::reference as winograd;
use toile_kernels::conv2d::{Algorithm, Algorithms};
use toile_kernels::real::Real;

use super::operation::{Kind, Operation};
use super::window::{NONE, STEP, Window};
use crate::engine::stage::{Build, Site};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::{Claims, Initial, Parameter};
use crate::graph::place::Place;
use crate::graph::shape::Shape;
use crate::graph::tail::Tail;
use crate::plain::node::{Backward, Forward, Plain, Saved};
use crate::setting::{Absent, CHANNELS_MAX, Pair, ReadSettings, Setting};

/// 2-d convolution (cross-correlation, as in PyTorch).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv2d {
    /// Channels of the output.
    pub out_channels: usize,
    /// Size of the window.
    pub kernel_size: Pair,
    /// Step of the window; 1.
    pub stride: Pair,
    /// Zeros added on each side; 0.
    pub padding: Pair,
    /// Whether a bias is learnt; true.
    pub bias: bool,
}

impl Conv2d {
    /// So many channels from square windows, everything else PyTorch's defaults.
    pub fn new(out_channels: usize, kernel_size: usize) -> Self {
        let kernel_size = Pair::square(kernel_size);
        Conv2d { out_channels, kernel_size, stride: STEP, padding: NONE, bias: true }
    }

    /// The convolution of a block's input that makes it fit the block's output: 1x1, without bias.
    pub(super) fn projection(out_channels: usize, stride: Pair) -> Self {
        Conv2d { stride, bias: false, ..Conv2d::new(out_channels, 1) }
    }

    /// The shape rule, with the parameters under a name of `kind`.
    pub(super) fn resolve_as(
        &self,
        kind: &'static str,
        input: Shape,
        claims: &mut Claims,
    ) -> Result<Shape, Mistake> {
        let [channels, height, width] = input.image(Self::NAME)?;
        if self.out_channels == 0 {
            return Err(Mistake::new("out_channels = 0", "choose 1 or more"));
        }
        let [rows, columns] = self.window().slide(false, [height, width], Self::NAME)?;
        let Pair { height: kernel_rows, width: kernel_columns } = self.kernel_size;
        let initial = Initial::Uniform { fan_in: channels * kernel_rows * kernel_columns };
        let name = claims.name(kind);
        let shape = vec![self.out_channels, channels, kernel_rows, kernel_columns];
        claims.parameter(format!("{name}.weight"), shape, initial);
        if self.bias {
            claims.parameter(format!("{name}.bias"), vec![self.out_channels], initial);
        }
        Ok(Shape::Image { channels: self.out_channels, height: rows, width: columns })
    }

    fn window(&self) -> Window {
        Window { kernel: self.kernel_size, stride: self.stride, padding: self.padding }
    }

    fn geometry(&self, place: &Place) -> Conv2dGeometry {
        let [[in_channels, ..], [out_channels, ..]] = [place.input_shape.dims(), place.output_shape.dims()];
        Conv2dGeometry { window: self.window().geometry(place), in_channels, out_channels }
    }

    /// PyTorch's `padding="same"`, where both sides get equally much.
    fn read_same_padding<S: ReadSettings>(
        settings: &S,
        kernel: Pair,
        stride: Pair,
    ) -> Result<Pair, S::Error> {
        if stride != STEP {
            let help = "write the padding as a number";
            return Err(settings.refuse("padding", "padding = \"same\" needs stride 1", help));
        }
        if kernel.height.is_multiple_of(2) || kernel.width.is_multiple_of(2) {
            let help = "choose an odd kernel_size, or write the padding as a number";
            let message = "padding = \"same\" needs a kernel_size that is odd";
            return Err(settings.refuse("padding", message, help));
        }
        Ok(Pair { height: kernel.height / 2, width: kernel.width / 2 })
    }
}

impl Kind for Conv2d {
    const NAME: &'static str = "Conv2d";
    const KEYS: &'static [&'static str] = &["out_channels", "kernel_size", "stride", "padding", "bias"];
    const EXAMPLE: &'static str = "{ Conv2d = { out_channels = 32, kernel_size = 3, padding = 1 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let channels = Absent::Refuse { example: 32 };
        let out_channels = settings.integer("out_channels", 1..=CHANNELS_MAX, channels)?;
        let kernel_size = settings.pair("kernel_size", 1, Absent::Refuse { example: Pair::square(3) })?;
        let stride = settings.pair("stride", 1, Absent::Default(STEP))?;
        let padding = if settings.is_word("padding", "valid") {
            NONE
        } else if settings.is_word("padding", "same") {
            Self::read_same_padding(settings, kernel_size, stride)?
        } else {
            settings.pair("padding", 0, Absent::Default(NONE))?
        };
        let bias = settings.boolean("bias", true)?;
        Ok(Conv2d { out_channels, kernel_size, stride, padding, bias })
    }

    fn resolve(&self, input: Shape, claims: &mut Claims) -> Result<Shape, Mistake> {
        self.resolve_as("conv", input, claims)
    }
}

impl Operation for Conv2d {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        vec![
            Setting::new("out_channels", self.out_channels),
            Setting::new("kernel_size", self.kernel_size),
            Setting::new("stride", self.stride),
            Setting::new("padding", self.padding),
            Setting::new("bias", self.bias),
        ]
    }

    fn pytorch(&self, place: &Place) -> String {
        let [from, ..] = place.input_shape.dims();
        let (window, bias) = (self.window().pytorch(STEP), if self.bias { "" } else { ", bias=False" });
        format!("Conv2d({from}, {}, {window}{bias})", self.out_channels)
    }

    fn multiply_adds(&self, place: &Place, parameters: &[Parameter]) -> usize {
        let [_, height, width] = place.output_shape.dims();
        parameters[0].len() * height * width
    }

    fn border(&self) -> [usize; 2] {
        [self.padding.height, self.padding.width]
    }

    fn takes_moments(&self) -> bool {
        true
    }

    fn accepts(&self, tails: &[Tail], next: &Tail) -> bool {
        stage::accepts(tails, next)
    }

    fn algorithms(&self, place: &Place, tails: &[Tail]) -> Option<Algorithms> {
        Some(self.geometry(place).algorithms(stage::beside(tails)))
    }

    fn stage(&self, site: Site<'_>) -> Build {
        stage::build(self.window(), self.bias, site).map(Some)
    }
}

/// In the engine's precision the chosen algorithms, so that both executors can be compared bit for bit; in
/// others the plainest.
fn algorithms<T: Real>(place: &Place) -> Algorithms {
    place.algorithms.filter(|_| T::IS_ENGINES).unwrap_or(Algorithms::DIRECT)
}

impl<T: Real> Plain<T> for Conv2d {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        let (g, weight) = (self.geometry(run.place), run.parameter(0));
        let bias = self.bias.then(|| run.parameter(1));
        match algorithms::<T>(run.place).forward {
            Algorithm::Direct => direct::forward(&g, run.x(), weight, bias, y),
            Algorithm::Winograd(tile) => winograd::forward(&g, tile, run.x(), weight, bias, y),
        }
        Saved::nothing()
    }

    fn backward(&self, run: Backward<'_, T>) {
        let Backward { place, x, dy, parameters, d_parameters, gradients, .. } = run;
        let (g, algorithms) = (self.geometry(place), algorithms::<T>(place));
        let [d_weight, d_bias @ ..] = d_parameters else { unreachable!("a convolution has a weight") };
        let d_bias = d_bias.first_mut().map(|bias| &mut bias[..]);
        match algorithms.weight_gradient {
            Algorithm::Direct => direct::weight_gradient(&g, x, dy, d_weight, d_bias),
            Algorithm::Winograd(tile) => winograd::weight_gradient(&g, tile, x, dy, d_weight, d_bias),
        }
        gradients.visit(place.input(), x.len(), |accumulate, dx| {
            let weight = &parameters[0].1.data;
            match algorithms.input_gradient {
                Algorithm::Direct => direct::input_gradient(&g, dy, weight, accumulate, dx),
                Algorithm::Winograd(tile) => {
                    winograd::input_gradient(&g, tile, dy, weight, accumulate, dx);
                }
            }
        });
    }
}
