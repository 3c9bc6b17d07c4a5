//! A constant times x.

use toile_kernels::activation::Activation;

use super::elementwise::Elementwise;
use super::operation::{Family, Kind};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::shape::Shape;
use crate::setting::{Bound, ReadSettings, Setting};

/// A constant times x. In front of the log-softmax it sets the temperature that a training starts with: small outputs
/// are uncertain ones. PyTorch has no module of this; exports for it multiply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// That constant; 1.
    pub value: f64,
}

impl Default for Scale {
    fn default() -> Self {
        Scale { value: 1.0 }
    }
}

/// Whether it is a number in f32, in which values are computed, and not 0, which would pass nothing on.
fn allows(value: f64) -> bool {
    (value as f32).is_finite() && value as f32 != 0.0
}

impl Kind for Scale {
    const NAME: &'static str = "Scale";
    const FAMILY: Family = Family::Activation;
    const KEYS: &'static [&'static str] = &["value"];
    const EXAMPLE: &'static str = "{ Scale = { value = 0.125 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let bound = Bound { allows, words: "a number other than 0, from -3.4e38 to 3.4e38" };
        Ok(Scale { value: settings.number("value", bound, Scale::default().value)? })
    }

    fn resolve(&self, input: Shape, _claims: &mut Claims) -> Result<Shape, Mistake> {
        if !allows(self.value) {
            return Err(Mistake::new(
                format!("value = {}", self.value),
                "choose a number other than 0, as 0.125",
            ));
        }
        Ok(input)
    }
}

impl Elementwise for Scale {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn activation(&self) -> Activation {
        Activation::Scale { value: self.value }
    }

    fn settings(&self) -> Vec<Setting> {
        vec![Setting::new("value", self.value)]
    }

    fn arguments(&self) -> String {
        self.value.to_string()
    }
}
