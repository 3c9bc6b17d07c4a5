//! Zeroes whole channels with probability p in training and scales the rest by 1 / (1 - p).

use toile_kernels::real::Real;

use super::dropout::{self, DropoutStage};
use super::operation::{Family, Kind, Operation};
use crate::engine::stage::{Build, Site};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::place::Place;
use crate::graph::shape::Shape;
use crate::plain::node::{Backward, Forward, Plain, Saved};
use crate::setting::{Bound, ReadSettings, Setting};

/// Zeroes whole channels with probability p in training and scales the rest by 1 / (1 - p).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout2d {
    /// Probability to zero a channel, in [0, 1); 0.5.
    pub p: f64,
}

impl Default for Dropout2d {
    fn default() -> Self {
        Dropout2d { p: 0.5 }
    }
}

impl Kind for Dropout2d {
    const NAME: &'static str = "Dropout2d";
    const FAMILY: Family = Family::Dropout;
    const KEYS: &'static [&'static str] = &["p"];
    const EXAMPLE: &'static str = "{ Dropout2d = { p = 0.5 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        Ok(Dropout2d { p: settings.number("p", Bound::BELOW_ONE, Dropout2d::default().p)? })
    }

    fn resolve(&self, input: Shape, claims: &mut Claims) -> Result<Shape, Mistake> {
        input.image(Self::NAME)?;
        dropout::check(self.p)?;
        claims.stream();
        Ok(input)
    }
}

impl Operation for Dropout2d {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        vec![Setting::new("p", self.p)]
    }

    fn pytorch(&self, _place: &Place) -> String {
        format!("Dropout2d(p={})", self.p)
    }

    fn stage(&self, site: Site<'_>) -> Build {
        DropoutStage::build(self.p, true, site).map(Some)
    }
}

impl<T: Real> Plain<T> for Dropout2d {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        let [channels, ..] = run.place.input_shape.dims();
        dropout::forward(self.p, channels, run, y)
    }

    fn backward(&self, run: Backward<'_, T>) {
        dropout::backward(run);
    }
}
