//! x times its logistic function (Elfwing, Uchibe and Doya 2018).

use toile_kernels::activation::Activation;

use super::elementwise::Elementwise;
use super::operation::{Family, Kind};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::shape::Shape;
use crate::setting::ReadSettings;

/// x times its logistic function (Elfwing, Uchibe and Doya 2018).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SiLU;

impl Kind for SiLU {
    const NAME: &'static str = "SiLU";
    const FAMILY: Family = Family::Activation;
    const KEYS: &'static [&'static str] = &[];
    const EXAMPLE: &'static str = "\"SiLU\"";

    fn read<S: ReadSettings>(_settings: &mut S) -> Result<Self, S::Error> {
        Ok(SiLU)
    }

    fn resolve(&self, input: Shape, _claims: &mut Claims) -> Result<Shape, Mistake> {
        Ok(input)
    }
}

impl Elementwise for SiLU {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn activation(&self) -> Activation {
        Activation::SiLU
    }
}
