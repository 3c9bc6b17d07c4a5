//! Image to features, in PyTorch's order: channel, row, column.

use toile_kernels::real::Real;

use super::operation::{Family, Kind, Operation};
use crate::engine::stage::{Build, Site};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::place::Place;
use crate::graph::shape::Shape;
use crate::plain::node::{Backward, Forward, Plain, Saved};
use crate::setting::{ReadSettings, Setting};

/// Image to features, in PyTorch's order: channel, row, column. Nothing moves in memory; see
/// [`Shape::Features`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flatten;

impl Kind for Flatten {
    const NAME: &'static str = "Flatten";
    const FAMILY: Family = Family::Other;
    const KEYS: &'static [&'static str] = &[];
    const EXAMPLE: &'static str = "\"Flatten\"";

    fn read<S: ReadSettings>(_settings: &mut S) -> Result<Self, S::Error> {
        Ok(Flatten)
    }

    fn resolve(&self, input: Shape, _claims: &mut Claims) -> Result<Shape, Mistake> {
        let image = input.image(Self::NAME).map_err(|mistake| Mistake::new(mistake.message, "remove it"))?;
        Ok(Shape::Features { len: input.len(), flattened: Some(image) })
    }
}

impl Operation for Flatten {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        vec![]
    }

    fn pytorch(&self, _place: &Place) -> String {
        "Flatten()".into()
    }

    fn is_view(&self) -> bool {
        true
    }

    fn stage(&self, _site: Site<'_>) -> Build {
        Ok(None)
    }
}

impl<T: Real> Plain<T> for Flatten {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        y.copy_from_slice(run.x());
        Saved::nothing()
    }

    fn backward(&self, _run: Backward<'_, T>) {
        unreachable!("the gradient of a view is that of its input")
    }
}
