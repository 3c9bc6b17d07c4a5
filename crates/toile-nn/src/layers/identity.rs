//! Nothing: its output is its input.

use toile_kernels::real::Real;

use super::operation::{Family, Kind, Operation};
use crate::engine::stage::{Build, Site};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::place::Place;
use crate::graph::shape::Shape;
use crate::graph::tail::Tail;
use crate::plain::node::{Backward, Forward, Plain, Saved};
use crate::setting::{ReadSettings, Setting};

/// Nothing: its output is its input. It costs nothing either; a variant of a network can have it in place of a
/// layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity;

impl Kind for Identity {
    const NAME: &'static str = "Identity";
    const FAMILY: Family = Family::Other;
    const KEYS: &'static [&'static str] = &[];
    const EXAMPLE: &'static str = "\"Identity\"";

    fn read<S: ReadSettings>(_settings: &mut S) -> Result<Self, S::Error> {
        Ok(Identity)
    }

    fn resolve(&self, input: Shape, _claims: &mut Claims) -> Result<Shape, Mistake> {
        Ok(input)
    }
}

impl Operation for Identity {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        vec![]
    }

    fn pytorch(&self, _place: &Place) -> String {
        "Identity()".into()
    }

    fn is_view(&self) -> bool {
        true
    }

    fn tail(&self, _place: &Place) -> Option<Tail> {
        Some(Tail::Nothing)
    }

    fn stage(&self, _site: Site<'_>) -> Build {
        Ok(None)
    }
}

impl<T: Real> Plain<T> for Identity {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        y.copy_from_slice(run.x());
        Saved::nothing()
    }

    fn backward(&self, _run: Backward<'_, T>) {
        unreachable!("the gradient of a view is that of its input")
    }
}
