//! Which tensor a request brings, checked against what the model takes.

use super::document::Input;
use super::fields::{Few, Whole};
use super::place::{quoted, refused};
use crate::types::{ModelFacts, Refusal};

/// The two forms of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Images,
    Normalized,
}

/// A tensor of the right kind and shape, whose numbers are still to be read.
pub(super) struct Tensor {
    pub(super) kind: Kind,
    pub(super) shape: [usize; 4],
}

impl Kind {
    const ALL: [Kind; 2] = [Kind::Images, Kind::Normalized];

    fn name(self) -> &'static str {
        match self {
            Kind::Images => "images",
            Kind::Normalized => "normalized",
        }
    }

    fn datatype(self) -> &'static str {
        match self {
            Kind::Images => "UINT8",
            Kind::Normalized => "FP32",
        }
    }

    /// The shape of one image.
    fn image(self, facts: &ModelFacts) -> [usize; 3] {
        let [channels, rows, columns] = facts.image_shape;
        match self {
            Kind::Images => [rows, columns, channels],
            Kind::Normalized => [channels, rows, columns],
        }
    }
}

/// The tensors that the model takes, as a message says it.
pub(super) fn choices(facts: &ModelFacts) -> String {
    let choice = |kind: Kind| {
        let [a, b, c] = kind.image(facts);
        format!("{} ({}, [batch, {a}, {b}, {c}])", kind.name(), kind.datatype())
    };
    Kind::ALL.map(choice).join(" or ")
}

/// A number of images that a request may have.
pub(super) fn batch(images: u64, place: &str, facts: &ModelFacts) -> Result<usize, Refusal> {
    match usize::try_from(images) {
        Ok(images) if (1..=facts.batch_max).contains(&images) => Ok(images),
        _ => Err(refused(format!(
            "{place}: {images} images, but a request has 1 to {}; share them out over several requests",
            facts.batch_max
        ))),
    }
}

impl Tensor {
    /// The tensor that an input says it is.
    pub(super) fn of(input: &Input<'_>, facts: &ModelFacts) -> Result<Tensor, Refusal> {
        let Input { name: Some(name), datatype: Some(datatype), shape: Some(Few(shape)), .. } = input else {
            return Err(incomplete(input, facts));
        };
        let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == name) else {
            return Err(refused(format!(
                "inputs[0].name: there is no input {}; send {}",
                quoted(name),
                choices(facts)
            )));
        };
        if datatype != kind.datatype() {
            return Err(refused(format!(
                "inputs[0].datatype: {} is {}, not {}; send {}",
                kind.name(),
                kind.datatype(),
                quoted(datatype),
                choices(facts)
            )));
        }
        if input.parameters.as_ref().is_some_and(|parameters| parameters.shared_memory_region.is_some()) {
            return Err(refused(
                "inputs[0].parameters.shared_memory_region: there is no shared memory here; send data, or bytes after \
                 the JSON with binary_data_size",
            ));
        }
        let [a, b, c] = kind.image(facts);
        match shape[..] {
            [Whole(images), Whole(x), Whole(y), Whole(z)] if [x, y, z] == [a as u64, b as u64, c as u64] => {
                Ok(Tensor { kind, shape: [batch(images, "inputs[0].shape", facts)?, a, b, c] })
            }
            _ => Err(refused(format!(
                "inputs[0].shape: is {:?}, but {} of this model is [batch, {a}, {b}, {c}]; send images of that size",
                shape.iter().map(|Whole(side)| side).collect::<Vec<_>>(),
                kind.name()
            ))),
        }
    }

    /// How many numbers it has. A batch that a request may have does not overflow, or its numbers fit no memory.
    pub(super) fn count(&self) -> usize {
        self.shape.iter().fold(1, |count, side| count.saturating_mul(*side))
    }
}

/// What is missing of a tensor.
fn incomplete(input: &Input<'_>, facts: &ModelFacts) -> Refusal {
    let missing = match input {
        Input { name: None, .. } => "name",
        Input { datatype: None, .. } => "datatype",
        _ => "shape",
    };
    refused(format!("inputs[0].{missing}: is missing; send {}", choices(facts)))
}
