//! The classes of a data set beside those that a network knows: matched by name.

use serde::Serialize;
use toile_data::Dataset;

/// Images of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    /// Its name.
    pub class: String,
    /// Their number.
    pub images: usize,
}

/// A data set in the classes of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    /// The images with the network's classes. Those whose class it does not know have the first one, and are not among
    /// `known`.
    pub dataset: Dataset,
    /// Images whose class the network knows, ascending.
    pub known: Vec<u32>,
    /// Classes that the network does not know, with images: those are left out.
    pub unknown: Vec<ClassCount>,
    /// Classes of the network that have no image.
    pub missing: Vec<String>,
}

/// Brings the labels of these images of a data set into the order of these classes, by name; which names are alike is no
/// matter of opinion: they are the same or not.
pub fn matching(dataset: Dataset, indices: &[u32], class_names: &[String]) -> Matching {
    let place = |name: &String| class_names.iter().position(|known| known == name).map(|place| place as u32);
    let places: Vec<Option<u32>> = dataset.class_names.iter().map(place).collect();
    let of = |&label: &u32| places[label as usize];
    let mut counts = vec![0; places.len()];
    indices.iter().for_each(|&image| counts[dataset.labels[image as usize] as usize] += 1);
    let unknown = dataset.class_names.iter().zip(&counts).zip(&places);
    let unknown = unknown.filter(|((_, images), place)| place.is_none() && **images > 0);
    let unknown = unknown.map(|((class, &images), _)| ClassCount { class: class.clone(), images }).collect();
    let mut is_there = vec![false; class_names.len()];
    let there = places.iter().zip(&counts).filter(|(_, images)| **images > 0);
    there.filter_map(|(place, _)| *place).for_each(|place| is_there[place as usize] = true);
    let missing = class_names.iter().zip(&is_there).filter(|(_, is_there)| !**is_there);
    let missing = missing.map(|(name, _)| name.clone()).collect();
    let known = indices.iter().copied();
    let known = known.filter(|&image| of(&dataset.labels[image as usize]).is_some()).collect();
    let labels = dataset.labels.iter().map(|label| of(label).unwrap_or(0)).collect();
    let dataset = Dataset { labels, class_names: class_names.to_vec(), ..dataset };
    Matching { dataset, known, unknown, missing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_matched_by_name_and_what_does_not_match_is_told() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let data = Dataset::new(
            [1, 1, 1],
            vec![0; 6],
            vec![2, 0, 1, 2, 3, 0],
            names(&["cat", "Dog", "dog", "emu", "yak"]),
        );
        let found = matching(data, &[0, 1, 2, 3, 4, 5], &names(&["dog", "ant", "cat", "yak"]));
        assert_eq!(
            (&found.dataset.labels[..], &found.known[..]),
            (&[0, 2, 0, 0, 0, 2][..], &[0, 1, 3, 5][..])
        );
        assert_eq!(found.dataset.class_names, names(&["dog", "ant", "cat", "yak"]));
        let count = |class: &str, images| ClassCount { class: class.into(), images };
        assert_eq!(found.unknown, [count("Dog", 1), count("emu", 1)]);
        assert_eq!(
            found.missing,
            names(&["ant", "yak"]),
            "a class without an image is missing, named or not"
        );
    }
}
