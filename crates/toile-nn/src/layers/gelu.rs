//! x times the normal distribution function of x (Hendrycks and Gimpel 2016).

use toile_kernels::activation::Activation;

use super::elementwise::Elementwise;
use super::operation::{Family, Kind};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::shape::Shape;
use crate::setting::{ReadSettings, Setting};

/// x times the normal distribution function of x (Hendrycks and Gimpel 2016).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::upper_case_acronyms, reason = "PyTorch's name")]
pub struct GELU {
    /// The tanh approximation instead of the error function (`approximate = "tanh"`); false.
    pub tanh: bool,
}

impl Kind for GELU {
    const NAME: &'static str = "GELU";
    const FAMILY: Family = Family::Activation;
    const KEYS: &'static [&'static str] = &["approximate"];
    const EXAMPLE: &'static str = "\"GELU\"";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let approximate = settings.word("approximate", &["none", "tanh"])?;
        Ok(GELU { tanh: approximate == Some("tanh") })
    }

    fn resolve(&self, input: Shape, _claims: &mut Claims) -> Result<Shape, Mistake> {
        Ok(input)
    }
}

impl Elementwise for GELU {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn activation(&self) -> Activation {
        Activation::GELU { tanh: self.tanh }
    }

    fn settings(&self) -> Vec<Setting> {
        vec![Setting::new("approximate", if self.tanh { "tanh" } else { "none" })]
    }

    fn arguments(&self) -> String {
        if self.tanh { "approximate='tanh'".into() } else { String::new() }
    }
}
