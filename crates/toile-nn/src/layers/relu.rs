//! max(x, 0).

use toile_kernels::activation::Activation;

use super::elementwise::Elementwise;
use super::operation::{Family, Kind};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::shape::Shape;
use crate::setting::ReadSettings;

/// max(x, 0).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReLU;

impl Kind for ReLU {
    const NAME: &'static str = "ReLU";
    const FAMILY: Family = Family::Activation;
    const KEYS: &'static [&'static str] = &[];
    const EXAMPLE: &'static str = "\"ReLU\"";

    fn read<S: ReadSettings>(_settings: &mut S) -> Result<Self, S::Error> {
        Ok(ReLU)
    }

    fn resolve(&self, input: Shape, _claims: &mut Claims) -> Result<Shape, Mistake> {
        Ok(input)
    }
}

impl Elementwise for ReLU {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn activation(&self) -> Activation {
        Activation::ReLU
    }
}
