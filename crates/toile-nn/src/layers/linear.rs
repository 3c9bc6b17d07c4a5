//! x W^T + b.

mod stage;

use std::borrow::Cow;

use toile_kernels::linear::reference::{self as kernel, LinearGeometry};
use toile_kernels::real::Real;

use super::init::{Fan, Init};
use super::operation::{Family, Kind, Operation};
use crate::engine::stage::{Build, Site};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::{Claims, Initial, Parameter};
use crate::graph::place::Place;
use crate::graph::shape::Shape;
use crate::graph::tail::Tail;
use crate::plain::node::{Backward, Forward, Plain, Saved};
use crate::setting::{Absent, CHANNELS_MAX, ReadSettings, Setting};

/// x W^T + b.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear {
    /// Features of the output.
    pub out_features: usize,
    /// Whether a bias is learnt; true.
    pub bias: bool,
    /// How the weight starts.
    pub init: Init,
}

impl Linear {
    /// So many features, with a bias.
    pub fn new(out_features: usize) -> Self {
        Linear { out_features, bias: true, init: Init::Default }
    }

    fn geometry(place: &Place) -> LinearGeometry {
        LinearGeometry { in_features: place.input_shape.len(), out_features: place.output_shape.len() }
    }

    /// A weight with its columns in the order in which the input's values lie in memory.
    fn in_memory_order<'a, T: Real>(place: &Place, weight: &'a [T]) -> Cow<'a, [T]> {
        match place.input_shape {
            Shape::Features { flattened: Some(image), .. } => {
                let mut memory = vec![T::ZERO; weight.len()];
                kernel::to_memory_order(image, weight, &mut memory);
                Cow::Owned(memory)
            }
            _ => Cow::Borrowed(weight),
        }
    }
}

impl Kind for Linear {
    const NAME: &'static str = "Linear";
    const FAMILY: Family = Family::Linear;
    const KEYS: &'static [&'static str] = &["out_features", "bias", "init"];
    const EXAMPLE: &'static str = "{ Linear = { out_features = 10 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let features = Absent::Refuse { example: 10 };
        let out_features = settings.integer("out_features", 1..=CHANNELS_MAX, features)?;
        let bias = settings.boolean("bias", true)?;
        Ok(Linear { out_features, bias, init: Init::read(settings, false)? })
    }

    fn resolve(&self, input: Shape, claims: &mut Claims) -> Result<Shape, Mistake> {
        let in_features = input.features(Self::NAME)?;
        if self.out_features == 0 {
            return Err(Mistake::new("out_features = 0", "choose 1 or more"));
        }
        if matches!(self.init, Init::Dirac | Init::Whitening { .. }) {
            let message = format!("init = \"{}\" of a {}", self.init.name(), Self::NAME);
            return Err(Mistake::new(message, "choose another one: it is for convolutions"));
        }
        let (name, initial) = (claims.name("fc"), Initial::Uniform { fan_in: in_features });
        let shape = vec![self.out_features, in_features];
        let fan = Fan { inputs: in_features, groups: 1 };
        claims.parameter(format!("{name}.weight"), shape, self.init.initial(fan));
        if self.bias {
            claims.parameter(format!("{name}.bias"), vec![self.out_features], initial);
        }
        Ok(Shape::Features { len: self.out_features, flattened: None })
    }
}

impl Operation for Linear {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        let of_shape = [Setting::new("out_features", self.out_features), Setting::new("bias", self.bias)];
        of_shape.into_iter().chain(self.init.settings()).collect()
    }

    fn pytorch(&self, place: &Place) -> String {
        let bias = if self.bias { "" } else { ", bias=False" };
        let start = self.init.words(false);
        format!("Linear({}, {}{bias}){start}", place.input_shape.len(), self.out_features)
    }

    fn multiply_adds(&self, _place: &Place, parameters: &[Parameter]) -> usize {
        parameters[0].len()
    }

    fn reads_in_place(&self) -> bool {
        true
    }

    fn accepts(&self, tails: &[Tail], next: &Tail) -> bool {
        stage::accepts(tails, next)
    }

    fn stage(&self, site: Site<'_>) -> Build {
        stage::build(self.bias, site).map(Some)
    }
}

impl<T: Real> Plain<T> for Linear {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        let weight = Self::in_memory_order(run.place, run.parameter(0));
        let bias = self.bias.then(|| run.parameter(1));
        kernel::forward(&Self::geometry(run.place), run.x(), &weight, bias, y);
        Saved::nothing()
    }

    fn backward(&self, run: Backward<'_, T>) {
        let Backward { place, x, dy, parameters, d_parameters, gradients, .. } = run;
        let g = Self::geometry(place);
        let [d_weight, d_bias @ ..] = d_parameters else { unreachable!("a linear layer has a weight") };
        kernel::weight_gradient(&g, x, dy, d_weight, d_bias.first_mut().map(|bias| &mut bias[..]));
        if let Shape::Features { flattened: Some(image), .. } = place.input_shape {
            let memory = d_weight.clone();
            kernel::from_memory_order(image, &memory, d_weight);
        }
        gradients.visit(place.input(), x.len(), |accumulate, dx| {
            let weight = Self::in_memory_order(place, &parameters[0].1.data);
            kernel::input_gradient(&g, dy, &weight, accumulate, dx);
        });
    }
}
