//! Each channel scaled by what a small network makes of all channels' means (Hu, Shen and Sun 2018), as torchvision's
//! `SqueezeExcitation` with its activation ReLU.

use toile_kernels::GROUP;
use toile_kernels::buffer::{Buffer, OutOfMemory};
use toile_kernels::optimizer::{Partials, update};
use toile_kernels::real::Real;
use toile_kernels::squeeze_excitation::SqueezeExcitation as Squeeze;
use toile_kernels::squeeze_excitation::reference::{self as kernel, SqueezeGeometry};
use toile_kernels::squeeze_excitation::{Backward as Args, Gate, Workspace, backward, forward};

use super::operation::{Family, Kind, Operation};
use crate::engine::parameters::Slot;
use crate::engine::stage::{Build, Built, Context, Site, Source, Stage};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::{Claims, Initial, Parameter};
use crate::graph::place::{Place, TensorId};
use crate::graph::shape::Shape;
use crate::plain::node::{Backward, Forward, Named, Plain, Saved};
use crate::setting::{Absent, CHANNELS_MAX, ReadSettings, Setting};

/// Each channel scaled by what a small network makes of all channels' means (Hu, Shen and Sun 2018).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqueezeExcitation {
    /// Values between the two layers.
    pub squeeze_channels: usize,
    /// What makes the scales.
    pub scale_activation: ScaleActivation,
}

/// What makes a scale of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaleActivation {
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// A straight line from 0 at -3 to 1 at 3.
    Hardsigmoid,
}

impl ScaleActivation {
    const WORDS: [&'static str; 2] = ["Sigmoid", "Hardsigmoid"];

    /// As PyTorch and study files call it.
    pub fn name(self) -> &'static str {
        Self::WORDS[usize::from(self == ScaleActivation::Hardsigmoid)]
    }

    fn gate(self) -> Gate {
        match self {
            ScaleActivation::Sigmoid => Gate::Sigmoid,
            ScaleActivation::Hardsigmoid => Gate::Hardsigmoid,
        }
    }
}

impl SqueezeExcitation {
    /// So many values between the layers, everything else torchvision's defaults.
    pub fn new(squeeze_channels: usize) -> Self {
        SqueezeExcitation { squeeze_channels, scale_activation: ScaleActivation::Sigmoid }
    }

    fn geometry(&self, place: &Place) -> SqueezeGeometry {
        let [channels, rows, columns] = place.input_shape.dims();
        let (squeezed, gate) = (self.squeeze_channels, self.scale_activation.gate());
        SqueezeGeometry { rows, columns, channels, squeezed, gate }
    }
}

impl Kind for SqueezeExcitation {
    const NAME: &'static str = "SqueezeExcitation";
    const FAMILY: Family = Family::Other;
    const KEYS: &'static [&'static str] = &["squeeze_channels", "scale_activation"];
    const EXAMPLE: &'static str = "{ SqueezeExcitation = { squeeze_channels = 8 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let squeezed = Absent::Refuse { example: 8 };
        let squeeze_channels = settings.integer("squeeze_channels", 1..=CHANNELS_MAX, squeezed)?;
        let scale_activation = match settings.word("scale_activation", &ScaleActivation::WORDS)? {
            Some("Hardsigmoid") => ScaleActivation::Hardsigmoid,
            _ => ScaleActivation::Sigmoid,
        };
        Ok(SqueezeExcitation { squeeze_channels, scale_activation })
    }

    fn resolve(&self, input: Shape, claims: &mut Claims) -> Result<Shape, Mistake> {
        let [channels, ..] = input.image(Self::NAME)?;
        let squeezed = self.squeeze_channels;
        if squeezed == 0 {
            return Err(Mistake::new(
                "squeeze_channels = 0",
                "choose 1 or more, as a quarter of the channels",
            ));
        }
        let name = claims.name("se");
        for (layer, [to, from]) in [("fc1", [squeezed, channels]), ("fc2", [channels, squeezed])] {
            let initial = Initial::Uniform { fan_in: from };
            claims.parameter(format!("{name}.{layer}.weight"), vec![to, from, 1, 1], initial);
            claims.parameter(format!("{name}.{layer}.bias"), vec![to], initial);
        }
        Ok(input)
    }
}

impl Operation for SqueezeExcitation {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        vec![
            Setting::new("squeeze_channels", self.squeeze_channels),
            Setting::new("scale_activation", self.scale_activation.name()),
        ]
    }

    fn pytorch(&self, place: &Place) -> String {
        let [channels, ..] = place.input_shape.dims();
        let scale = match self.scale_activation {
            ScaleActivation::Sigmoid => "",
            ScaleActivation::Hardsigmoid => ", scale_activation=Hardsigmoid",
        };
        format!("SqueezeExcitation({channels}, {}{scale})", self.squeeze_channels)
    }

    /// Of the two layers, which see one pixel.
    fn multiply_adds(&self, _place: &Place, parameters: &[Parameter]) -> usize {
        parameters[0].len() + parameters[2].len()
    }

    fn stage(&self, site: Site<'_>) -> Build {
        SqueezeStage::build(self, site).map(Some)
    }
}

fn values<T>(parameters: &[Named<T>]) -> [&[T]; 4] {
    [0, 1, 2, 3].map(|index| &parameters[index].1.data[..])
}

impl<T: Real> Plain<T> for SqueezeExcitation {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        Saved::new(kernel::forward(&self.geometry(run.place), run.x(), values(run.parameters), y))
    }

    fn backward(&self, run: Backward<'_, T>) {
        let Backward { place, x, dy, parameters, saved, d_parameters, gradients, .. } = run;
        let (g, kept) = (self.geometry(place), saved.get::<Vec<T>>());
        let [fc1, bias1, fc2, bias2] = d_parameters else { unreachable!("two layers with their biases") };
        // The kernel also makes the parameters' gradients: it runs even where nobody needs dx.
        gradients.visit_always(place.input(), x.len(), |accumulate, dx| {
            let d_parameters = [&mut fc1[..], &mut bias1[..], &mut fc2[..], &mut bias2[..]];
            kernel::gradients(&g, [x, dy], values(parameters), kept, d_parameters, accumulate, dx);
        });
    }
}

#[derive(Debug)]
struct SqueezeStage {
    of: Squeeze,
    input: Source,
    output: TensorId,
    /// Of four: first layer, its bias, second layer, its bias.
    first_parameter: usize,
    workspace: Workspace,
    partials: Buffer,
}

impl SqueezeStage {
    fn build(layer: &SqueezeExcitation, site: Site<'_>) -> Result<Built, OutOfMemory> {
        let Site { place, sources, output, sizes, .. } = site;
        let (squeezed, gate) = (layer.squeeze_channels, layer.scale_activation.gate());
        let of = Squeeze { dims: place.input_shape.dims(), squeezed, gate };
        let stage = SqueezeStage {
            of,
            input: sources[0],
            output,
            first_parameter: place.parameters.start,
            workspace: Workspace::new(of, sizes.capacity, sizes.threads)?,
            partials: Buffer::try_zeroed(sizes.batch_size.div_ceil(GROUP) * of.partial_len())?,
        };
        Ok(Built { stage: Box::new(stage), packings: vec![] })
    }

    fn parameters(first: usize, slots: &[Slot]) -> [&[f32]; 4] {
        [0, 1, 2, 3].map(|index| &slots[first + index].values[..])
    }
}

impl Stage for SqueezeStage {
    fn forward(&mut self, context: &mut Context<'_>) {
        let ([x], y) = context.tensors.forward([self.input.tensor], self.output);
        let parameters = Self::parameters(self.first_parameter, &context.parameters.slots);
        forward(context.team, self.of, context.images, parameters, &mut self.workspace, x, y);
    }

    fn backward(&mut self, context: &mut Context<'_>) {
        let Source { tensor, gradient, accumulate, .. } = self.input;
        let ([x, _, dy], dx) = context.tensors.backward(tensor, self.output);
        let args = Args {
            of: self.of,
            images: context.images,
            parameters: Self::parameters(self.first_parameter, &context.parameters.slots),
            workspace: &mut self.workspace,
            x,
            dy,
            partials: &mut self.partials,
            dx: gradient.then_some((accumulate, dx)),
        };
        backward(context.team, args);
        let (groups, stride) = (context.images.div_ceil(GROUP), self.of.partial_len());
        let mut offset = 0;
        for (index, len) in self.of.lens().into_iter().enumerate() {
            let partials = Partials { values: &self.partials, groups, stride, offset };
            let slot = &mut context.parameters.slots[self.first_parameter + index];
            update(context.team, slot.parameter(), partials);
            offset += len;
        }
    }
}
