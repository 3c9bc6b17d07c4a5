//! x where it is more than 0, else a share of it (Maas, Hannun and Ng 2013).

use toile_kernels::activation::Activation;

use super::elementwise::Elementwise;
use super::operation::{Family, Kind};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::shape::Shape;
use crate::setting::{Bound, ReadSettings, Setting};

/// x where it is more than 0, else a share of it (Maas, Hannun and Ng 2013).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeakyReLU {
    /// That share; 0.01.
    pub negative_slope: f64,
}

impl Default for LeakyReLU {
    fn default() -> Self {
        LeakyReLU { negative_slope: 0.01 }
    }
}

impl Kind for LeakyReLU {
    const NAME: &'static str = "LeakyReLU";
    const FAMILY: Family = Family::Activation;
    const KEYS: &'static [&'static str] = &["negative_slope"];
    const EXAMPLE: &'static str = "{ LeakyReLU = { negative_slope = 0.01 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let bound = Bound { allows: |_| true, words: "a finite number" };
        let default = LeakyReLU::default().negative_slope;
        Ok(LeakyReLU { negative_slope: settings.number("negative_slope", bound, default)? })
    }

    fn resolve(&self, input: Shape, _claims: &mut Claims) -> Result<Shape, Mistake> {
        if !self.negative_slope.is_finite() {
            let message = format!("negative_slope = {}", self.negative_slope);
            return Err(Mistake::new(message, "choose a finite number, as 0.01"));
        }
        Ok(input)
    }
}

impl Elementwise for LeakyReLU {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn activation(&self) -> Activation {
        Activation::LeakyReLU { negative_slope: self.negative_slope }
    }

    fn settings(&self) -> Vec<Setting> {
        vec![Setting::new("negative_slope", self.negative_slope)]
    }

    fn arguments(&self) -> String {
        format!("negative_slope={}", self.negative_slope)
    }
}
