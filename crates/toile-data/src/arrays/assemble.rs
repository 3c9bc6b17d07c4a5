//! Arrays of images and of labels, put together.

use super::array::Placed;
use super::error::{ArrayError, ArrayProblem};
use super::images::{self, Scale};
use super::labels::labels;
use super::options::ArrayOptions;
use super::set::{ArraySet, Labelled, Labels};

/// What the training images settled for the others.
struct Settled {
    image_shape: [usize; 3],
    scale: Scale,
    has_names: bool,
}

/// Reads the parts in the order training, validation, test. `open` gives images or labels of a part, where they are.
pub(super) fn assemble(
    options: &ArrayOptions,
    has: [bool; 2],
    open: &mut dyn FnMut(Part, Role) -> Result<Placed, ArrayError>,
) -> Result<ArraySet, ArrayError> {
    let mut settled = None;
    let train = half(options, &mut settled, Part::Train, open)?;
    let mut optional =
        |is_there: bool, part| is_there.then(|| half(options, &mut settled, part, open)).transpose();
    let validation = optional(has[0], Part::Validation)?;
    let test = optional(has[1], Part::Test)?;
    Ok(ArraySet { train, validation, test })
}

/// A part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Train,
    Validation,
    Test,
}

/// What an array is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Images,
    Labels,
}

fn half(
    options: &ArrayOptions,
    settled: &mut Option<Settled>,
    part: Part,
    open: &mut dyn FnMut(Part, Role) -> Result<Placed, ArrayError>,
) -> Result<Labelled, ArrayError> {
    let Placed { place, array } = open(part, Role::Images)?;
    let known = settled.as_ref().map(|settled| settled.scale);
    let (image_shape, pixels, scale) = images::images(array, options.layout, options.range, known)
        .map_err(|problem| place.error(problem))?;
    let count = pixels.len() / image_shape.iter().product::<usize>();
    let of_images = place.clone();
    if let Some(expected) =
        settled.as_ref().map(|settled| settled.image_shape).filter(|shape| *shape != image_shape)
    {
        return Err(place.error(ArrayProblem::Unlike { found: image_shape, expected }));
    }
    let Placed { place, array } = open(part, Role::Labels)?;
    let labels = labels(&array).map_err(|problem| place.error(problem))?;
    if labels.len() != count {
        let counts = ArrayProblem::Counts { images: count, labels: labels.len(), of: of_images.said() };
        return Err(place.error(counts));
    }
    let has_names = matches!(labels, Labels::Names(_));
    if settled.as_ref().is_some_and(|settled| settled.has_names != has_names) {
        let kind = |names| if names { "names" } else { "numbers" };
        let kinds = ArrayProblem::LabelKinds { found: kind(has_names), expected: kind(!has_names) };
        return Err(place.error(kinds));
    }
    settled.get_or_insert(Settled { image_shape, scale, has_names });
    Ok(Labelled { image_shape, pixels, labels })
}
