//! What a data set holds, before anything is trained on it: counts, values, images that are there more than once, images
//! whose class looks wrong.
//!
//! Nothing here decides anything: a survey says where a person should look. How good it is at that stands in
//! `docs/data.md`, measured.

mod classes;
mod descriptor;
mod duplicates;
mod images;
mod labels;
mod neighbours;
#[cfg(test)]
mod tests;

use std::num::NonZero;

pub use classes::names_alike;
use descriptor::Descriptors;
pub use duplicates::{Duplicates, Group, Leak};
use images::Images;
pub use images::{ImageId, Part};
pub use labels::{Labels, Stranger};

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// Images of each class, `[part][class]`.
    pub class_counts: Vec<Vec<usize>>,
    /// (mean, deviation) of each channel in the first part alone, the images to train on, as
    /// [`Dataset::moments`](toile_data::Dataset::moments) says; none without an image.
    pub moments: Vec<(f32, f32)>,
    /// Groups of classes whose names differ in their form alone.
    pub names_alike: Vec<Vec<usize>>,
    /// Images with next to no contrast: they are compared by their bytes alone, and their class is not judged.
    pub flat: Vec<ImageId>,
    /// Images that are there more than once.
    pub duplicates: Duplicates,
    /// What neighbours say about classes.
    pub labels: Labels,
}

/// Looks through a data set. The first part is what is trained on. The answer is the same for any number of threads.
///
/// Takes about 5 s on two cores for the 70,000 images of Fashion-MNIST, and grows as n^1.5.
///
/// # Panics
/// No part, or parts whose images differ in shape or whose classes differ.
pub fn survey(parts: &[Part<'_>], threads: NonZero<usize>) -> Survey {
    let first = parts.first().expect("a part").data;
    for Part { name, data } in parts {
        assert_eq!(data.image_shape, first.image_shape, "the images of {name} have another shape");
        assert_eq!(data.class_names, first.class_names, "the classes of {name} are others");
    }
    let images = Images::new(parts);
    let lists = duplicates::same_bytes(&images);
    let distinct: Vec<u32> = lists.iter().map(|list| list[0]).collect();
    let descriptors = Descriptors::new(&images, &distinct, first.image_shape, threads);
    let neighbours = neighbours::neighbours(&descriptors, threads);
    let links = duplicates::links(&images, &descriptors, &neighbours, threads);
    let is_flat = |list: &&Vec<u32>| descriptors.flat.binary_search(&list[0]).is_ok();
    let mut flat: Vec<ImageId> =
        lists.iter().filter(is_flat).flatten().map(|&image| images.id(image)).collect();
    flat.sort_unstable();
    let moments = match first.len() as u32 {
        0 => Vec::new(),
        count => {
            let (means, deviations) = first.moments(0..count);
            means.into_iter().zip(deviations).collect()
        }
    };
    Survey {
        class_counts: parts.iter().map(|part| part.data.class_counts()).collect(),
        moments,
        names_alike: names_alike(&first.class_names),
        flat,
        duplicates: duplicates::duplicates(&images, &lists, &descriptors, &links),
        labels: labels::labels(&images, &lists, &descriptors, &neighbours, first.class_names.len()),
    }
}
