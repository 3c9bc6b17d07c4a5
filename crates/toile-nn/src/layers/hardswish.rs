//! x times a straight line from 0 at -3 to 1 at 3 (Howard et al. 2019).

use toile_kernels::activation::Activation;

use super::elementwise::Elementwise;
use super::operation::{Family, Kind};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::shape::Shape;
use crate::setting::ReadSettings;

/// x times a straight line from 0 at -3 to 1 at 3 (Howard et al. 2019).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hardswish;

impl Kind for Hardswish {
    const NAME: &'static str = "Hardswish";
    const FAMILY: Family = Family::Activation;
    const KEYS: &'static [&'static str] = &[];
    const EXAMPLE: &'static str = "\"Hardswish\"";

    fn read<S: ReadSettings>(_settings: &mut S) -> Result<Self, S::Error> {
        Ok(Hardswish)
    }

    fn resolve(&self, input: Shape, _claims: &mut Claims) -> Result<Shape, Mistake> {
        Ok(input)
    }
}

impl Elementwise for Hardswish {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn activation(&self) -> Activation {
        Activation::Hardswish
    }
}
