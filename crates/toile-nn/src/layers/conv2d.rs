//! 2-d convolution (cross-correlation, as in PyTorch).

mod grouped;
mod stage;

use toile_kernels::conv2d::reference::{self as direct, Conv2dGeometry};
use toile_kernels::conv2d::winograd::reference as winograd;
use toile_kernels::conv2d::{Algorithm, Algorithms};
use toile_kernels::precision::Precision;
use toile_kernels::real::Real;

use super::init::{Fan, Init};
use super::operation::{Family, Kind, Operation};
use super::window::{NONE, STEP, Window, python};
use crate::engine::stage::{Build, Site};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::{Claims, Initial, Parameter};
use crate::graph::place::Place;
use crate::graph::shape::Shape;
use crate::graph::tail::Tail;
use crate::plain::node::{Backward, Forward, Mode, Plain, Saved};
use crate::setting::{Absent, CHANNELS_MAX, Pair, ReadSettings, Setting};
use grouped::Grouped;

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
    /// From one pixel of the window to the next; 1.
    pub dilation: Pair,
    /// Groups of adjacent channels, of which each group of outputs sees the group of inputs of the same number
    /// alone; 1. As many as channels on both sides is a depthwise convolution.
    pub groups: usize,
    /// Whether a bias is learnt; true.
    pub bias: bool,
    /// How the weight starts.
    pub init: Init,
    /// Whether the weight stays as it starts; false. A bias is learnt either way.
    pub frozen: bool,
}

/// Values of a patch whose covariance is taken apart: what that takes grows with their third power.
const WHITENED_MAX: usize = 256;

impl Conv2d {
    /// So many channels from square windows, everything else PyTorch's defaults.
    pub fn new(out_channels: usize, kernel_size: usize) -> Self {
        let kernel_size = Pair::square(kernel_size);
        Conv2d {
            out_channels,
            kernel_size,
            stride: STEP,
            padding: NONE,
            dilation: STEP,
            groups: 1,
            bias: true,
            init: Init::Default,
            frozen: false,
        }
    }

    /// A square window over each of so many channels by itself, everything else PyTorch's defaults.
    pub fn depthwise(channels: usize, kernel_size: usize) -> Self {
        Conv2d { groups: channels, ..Conv2d::new(channels, kernel_size) }
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
        self.check_groups(channels)?;
        let [rows, columns] = self.reach()?.slide(false, [height, width], Self::NAME)?;
        let Pair { height: kernel_rows, width: kernel_columns } = self.kernel_size;
        let of_group = channels / self.groups;
        let fan_in = of_group * kernel_rows * kernel_columns;
        self.check_whitening(fan_in)?;
        let initial = Initial::Uniform { fan_in };
        let name = claims.name(kind);
        let shape = vec![self.out_channels, of_group, kernel_rows, kernel_columns];
        let fan = Fan { inputs: fan_in, groups: self.groups };
        claims.parameter(format!("{name}.weight"), shape, self.init.initial(fan));
        if self.frozen {
            claims.freeze();
        }
        if self.bias {
            claims.parameter(format!("{name}.bias"), vec![self.out_channels], initial);
        }
        Ok(Shape::Image { channels: self.out_channels, height: rows, width: columns })
    }

    fn check_groups(&self, channels: usize) -> Result<(), Mistake> {
        let Conv2d { out_channels, groups, .. } = *self;
        let divides = |channels: usize| groups > 0 && channels.is_multiple_of(groups);
        if divides(channels) && divides(out_channels) {
            return Ok(());
        }
        let message = format!(
            "groups = {groups} does not divide the {channels} channels of the input and the {out_channels} of the output"
        );
        Err(Mistake::new(
            message,
            "choose a divisor of both; for a depthwise convolution, the number of channels",
        ))
    }

    /// The window as wide as the dilated kernel reaches.
    fn reach(&self) -> Result<Window, Mistake> {
        let Conv2d { kernel_size: kernel, dilation, .. } = *self;
        if dilation.height.min(dilation.width) == 0 {
            return Err(Mistake::new("a dilation of 0", "choose 1 or more"));
        }
        let reach = |kernel: usize, dilation: usize| kernel.saturating_sub(1) * dilation + kernel.min(1);
        let kernel = Pair {
            height: reach(kernel.height, dilation.height),
            width: reach(kernel.width, dilation.width),
        };
        Ok(Window { kernel, ..self.window() })
    }

    /// Where it takes other kernels than a dense convolution: what those are told.
    fn grouped(&self) -> Option<Grouped> {
        let Conv2d { dilation, groups, bias, .. } = *self;
        let is_dense = groups == 1 && dilation == STEP;
        (!is_dense).then(|| Grouped { window: self.window(), dilation, groups, bias })
    }

    /// Whether patches of so many values have as many components and negated components as there are filters.
    fn check_whitening(&self, patch: usize) -> Result<(), Mistake> {
        let Init::Whitening { .. } = self.init else { return Ok(()) };
        if patch > WHITENED_MAX {
            let message = format!("init = \"whitening\" of patches of {patch} values");
            return Err(Mistake::new(
                message,
                format!("choose a kernel_size with at most {WHITENED_MAX} of them, as 2 or 3"),
            ));
        }
        if self.out_channels > 2 * patch {
            let message = format!(
                "init = \"whitening\" gives {} filters to patches of {patch} values, out_channels is {}",
                2 * patch,
                self.out_channels
            );
            return Err(Mistake::new(message, format!("choose {} or less", 2 * patch)));
        }
        Ok(())
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
        dilation: Pair,
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
        let half = |kernel: usize, dilation: usize| kernel / 2 * dilation;
        Ok(Pair { height: half(kernel.height, dilation.height), width: half(kernel.width, dilation.width) })
    }
}

impl Kind for Conv2d {
    const NAME: &'static str = "Conv2d";
    const FAMILY: Family = Family::Convolution;
    const KEYS: &'static [&'static str] = &[
        "out_channels",
        "kernel_size",
        "stride",
        "padding",
        "dilation",
        "groups",
        "bias",
        "init",
        "eps",
        "frozen",
    ];
    const EXAMPLE: &'static str = "{ Conv2d = { out_channels = 32, kernel_size = 3, padding = 1 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let channels = Absent::Refuse { example: 32 };
        let out_channels = settings.integer("out_channels", 1..=CHANNELS_MAX, channels)?;
        let kernel_size = settings.pair("kernel_size", 1, Absent::Refuse { example: Pair::square(3) })?;
        let stride = settings.pair("stride", 1, Absent::Default(STEP))?;
        let dilation = settings.pair("dilation", 1, Absent::Default(STEP))?;
        let padding = if settings.is_word("padding", "valid") {
            NONE
        } else if settings.is_word("padding", "same") {
            Self::read_same_padding(settings, kernel_size, stride, dilation)?
        } else {
            settings.pair("padding", 0, Absent::Default(NONE))?
        };
        let groups = settings.integer("groups", 1..=CHANNELS_MAX, Absent::Default(1))?;
        let bias = settings.boolean("bias", true)?;
        let init = Init::read(settings, true)?;
        let frozen = settings.boolean("frozen", false)?;
        Ok(Conv2d { out_channels, kernel_size, stride, padding, dilation, groups, bias, init, frozen })
    }

    fn resolve(&self, input: Shape, claims: &mut Claims) -> Result<Shape, Mistake> {
        self.resolve_as("conv", input, claims)
    }
}

impl Operation for Conv2d {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    /// Dilation and groups only where they are set: recipes of before they were there keep their digests.
    fn settings(&self) -> Vec<Setting> {
        let mut settings = vec![
            Setting::new("out_channels", self.out_channels),
            Setting::new("kernel_size", self.kernel_size),
            Setting::new("stride", self.stride),
            Setting::new("padding", self.padding),
        ];
        if self.dilation != STEP {
            settings.push(Setting::new("dilation", self.dilation));
        }
        if self.groups != 1 {
            settings.push(Setting::new("groups", self.groups));
        }
        settings.push(Setting::new("bias", self.bias));
        settings.extend(self.init.settings());
        settings.extend(self.frozen.then(|| Setting::new("frozen", true)));
        settings
    }

    fn pytorch(&self, place: &Place) -> String {
        let [from, ..] = place.input_shape.dims();
        let (window, bias) = (self.window().pytorch(STEP), if self.bias { "" } else { ", bias=False" });
        let dilation = match self.dilation {
            STEP => String::new(),
            dilation => format!(", dilation={}", python(dilation)),
        };
        let groups = if self.groups == 1 { String::new() } else { format!(", groups={}", self.groups) };
        let start = self.init.words(self.frozen);
        format!("Conv2d({from}, {}, {window}{dilation}{groups}{bias}){start}", self.out_channels)
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

    fn makes_input(&self) -> bool {
        true
    }

    fn takes_way_back(&self) -> bool {
        true
    }

    fn accepts(&self, tails: &[Tail], next: &Tail) -> bool {
        match self.grouped() {
            Some(_) => grouped::accepts(tails, next),
            None => stage::accepts(tails, next),
        }
    }

    fn algorithms(&self, place: &Place, tails: &[Tail], precision: Precision) -> Option<Algorithms> {
        let dense = self.grouped().is_none();
        dense.then(|| self.geometry(place).algorithms(stage::beside(tails), precision))
    }

    fn stage(&self, site: Site<'_>) -> Build {
        match self.grouped() {
            Some(grouped) => grouped.build(site).map(Some),
            None => stage::build(self.window(), self.bias, site).map(Some),
        }
    }
}

/// With the engine's numbers the chosen algorithms, so that both executors can be compared bit for bit; with
/// others the plainest.
fn algorithms<T: Real>(place: &Place) -> Algorithms {
    place.algorithms.filter(|_| T::IS_ENGINES).unwrap_or(Algorithms::DIRECT)
}

impl<T: Real> Plain<T> for Conv2d {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        if let Some(grouped) = self.grouped() {
            return grouped.forward(run, y);
        }
        let (g, weight) = (self.geometry(run.place), run.parameter(0));
        let bias = self.bias.then(|| run.parameter(1));
        let chosen = algorithms::<T>(run.place).forward;
        let algorithm = if let Mode::Evaluation = run.mode { chosen.in_f32() } else { chosen };
        match algorithm {
            Algorithm::Direct(precision) => direct::forward(&g, precision, run.x(), weight, bias, y),
            Algorithm::Winograd(tile, precision) => {
                winograd::forward(&g, (tile, precision), run.x(), weight, bias, y);
            }
        }
        Saved::nothing()
    }

    fn backward(&self, run: Backward<'_, T>) {
        if let Some(grouped) = self.grouped() {
            return grouped.backward(run);
        }
        let Backward { place, x, dy, parameters, d_parameters, gradients, .. } = run;
        let (g, algorithms) = (self.geometry(place), algorithms::<T>(place));
        let [d_weight, d_bias @ ..] = d_parameters else { unreachable!("a convolution has a weight") };
        let d_bias = d_bias.first_mut().map(|bias| &mut bias[..]);
        match algorithms.weight_gradient {
            Algorithm::Direct(precision) => direct::weight_gradient(&g, precision, x, dy, d_weight, d_bias),
            Algorithm::Winograd(tile, precision) => {
                winograd::weight_gradient(&g, (tile, precision), x, dy, d_weight, d_bias);
            }
        }
        gradients.visit(place.input(), x.len(), |accumulate, dx| {
            let weight = &parameters[0].1.data;
            match algorithms.input_gradient {
                Algorithm::Direct(precision) => {
                    direct::input_gradient(&g, precision, dy, weight, accumulate, dx);
                }
                Algorithm::Winograd(tile, precision) => {
                    winograd::input_gradient(&g, (tile, precision), dy, weight, accumulate, dx);
                }
            }
        });
    }
}
