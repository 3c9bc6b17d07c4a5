//! What is said of a picture to other programs: one form, for `toile predict --json` and for servers.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// What is said of a picture: its class, the most probable classes by rank, and the probability of each.
#[derive(Debug, serde::Serialize)]
pub struct Said<'a> {
    class: &'a str,
    probability: f32,
    top: Vec<Ranked<'a>>,
    probabilities: ByName<'a>,
}

/// A class by its rank.
#[derive(Debug, serde::Serialize)]
struct Ranked<'a> {
    class: &'a str,
    probability: f32,
}

/// Probabilities in the order of the classes.
#[derive(Debug)]
struct ByName<'a>(&'a [String], &'a [f32]);

impl Serialize for ByName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, probability) in self.0.iter().zip(self.1) {
            map.serialize_entry(name, probability)?;
        }
        map.end()
    }
}

impl<'a> Said<'a> {
    /// Of one image, with so many classes by rank: a probability and a name for each class, and which class it is.
    pub fn new(class_names: &'a [String], probabilities: &'a [f32], class: usize, top: usize) -> Said<'a> {
        let ranked = |place: usize| Ranked { class: &class_names[place], probability: probabilities[place] };
        Said {
            class: &class_names[class],
            probability: probabilities[class],
            top: by_rank(probabilities, class).into_iter().take(top).map(ranked).collect(),
            probabilities: ByName(class_names, probabilities),
        }
    }
}

/// The classes of an image from the most probable down, `class` in front and of other equals the first: rounded
/// probabilities may be equal where what they were rounded from was not.
pub fn by_rank(probabilities: &[f32], class: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..probabilities.len()).collect();
    let key = |place: usize| (probabilities[place], place == class);
    places.sort_by(|&a, &b| key(b).partial_cmp(&key(a)).unwrap_or(std::cmp::Ordering::Equal));
    places
}
