//! Cross-validation: which trainings there are, what each is tested on, and how they are called.
//!
//! A study that is cross-validated has a training for each fold of each repeat, a *unit*. Units are numbered
//! repeat * folds + fold, and the number stands where a seed stands: in the name of the run's folder, in its files,
//! and for all of its random numbers. So whatever trains, resumes and keeps runs knows nothing of folds. Whoever
//! reads what runs came to gathers the units of a repeat: a repeat then stands where a seed stood.

use std::fmt;

use toile_data::folds::{FoldsError, folds};
use toile_data::{Dataset, split};
use toile_store::RunId;

/// How images are split into folds. It decides a run; how many repeats there are does not.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CrossValidation {
    /// Folds of a repeat.
    pub folds: u32,
    /// What the images of a group have in common, as `patient`: they go into one fold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// A training: a fold of a repeat, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Which way of splitting the images.
    pub repeat: u64,
    /// The fold that it is tested on.
    pub fold: u32,
}

impl fmt::Display for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, fold {}", repeat_name(self.repeat), u64::from(self.fold) + 1)
    }
}

/// `repeat 2`: people count from 1.
pub fn repeat_name(repeat: u64) -> String {
    format!("repeat {}", u128::from(repeat) + 1)
}

/// What a run is called where a model's runs are folds, of so many a repeat, and where they are not.
pub fn run_name(folds: Option<u32>, run: &RunId) -> String {
    match folds {
        Some(folds) => format!("{} ({})", run.model, Fold::of(folds, run.seed)),
        None => run.to_string(),
    }
}

impl Fold {
    /// The unit of this number.
    pub fn of(folds: u32, number: u64) -> Fold {
        Fold { repeat: number / u64::from(folds), fold: (number % u64::from(folds)) as u32 }
    }

    /// Its number, which stands where a seed stands.
    pub fn number(self, folds: u32) -> u64 {
        self.repeat * u64::from(folds) + u64::from(self.fold)
    }
}

impl CrossValidation {
    /// The units of so many repeats.
    pub fn units(&self, repeats: u64) -> Vec<u64> {
        (0..repeats * u64::from(self.folds)).collect()
    }

    /// The fold of each image in a repeat: a function of the labels, the groups and the repeat's number.
    ///
    /// # Errors
    /// Too few images or groups, and groups that the data set does not have, in words.
    pub fn folds_of(&self, data: &Dataset, repeat: u64) -> Result<Vec<u32>, String> {
        let groups = match &self.group {
            None => None,
            Some(_) if data.groups.len() == data.len() => Some(&data.groups[..]),
            Some(group) => {
                return Err(format!(
                    "cross_validation names the group \"{group}\", and the data set has no groups: they stand in a \
                     column of a table; leave `group` away, or give a table with such a column"
                ));
            }
        };
        let found = folds(&data.labels, data.class_names.len(), self.folds as usize, repeat, groups);
        found.map_err(|error: FoldsError| error.to_string())
    }

    /// Images that a unit trains on, of which some may be held out, and those that it is tested on.
    ///
    /// # Errors
    /// As [`folds_of`](Self::folds_of).
    pub fn parts(&self, data: &Dataset, number: u64) -> Result<(Vec<u32>, Vec<u32>), String> {
        let Fold { repeat, fold } = Fold::of(self.folds, number);
        let folds = self.folds_of(data, repeat)?;
        Ok((0..data.len() as u32).partition(|&image| folds[image as usize] != fold))
    }
}

/// Holds out a share of some of the images, class by class: (to train on, held out), both ascending.
pub(crate) fn hold_out(data: &Dataset, of: &[u32], share: f64, seed: u64) -> (Vec<u32>, Vec<u32>) {
    let labels: Vec<u32> = of.iter().map(|&image| data.labels[image as usize]).collect();
    let (train, held_out) = split::stratified(&labels, data.class_names.len(), share, seed);
    let images = |places: Vec<u32>| places.into_iter().map(|place| of[place as usize]).collect();
    (images(train), images(held_out))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> Dataset {
        let classes = ["a", "b", "c"].map(str::to_owned).to_vec();
        Dataset::new([1, 1, 1], vec![0; 50], (0..50).map(|i| i % 3).collect(), classes)
    }

    #[test]
    fn every_image_is_tested_once_a_repeat() {
        let (data, cross_validation) = (data(), CrossValidation { folds: 4, group: None });
        let units = cross_validation.units(3);
        assert_eq!(units.len(), 12);
        for repeat in units.chunks(4) {
            let mut tested = Vec::new();
            for &number in repeat {
                assert_eq!(Fold::of(4, number).number(4), number);
                let (train, test) = cross_validation.parts(&data, number).unwrap();
                assert!(test.iter().all(|image| !train.contains(image)), "unit {number}");
                assert_eq!(train.len() + test.len(), data.len());
                tested.extend(test);
            }
            tested.sort_unstable();
            assert_eq!(tested, (0..50).collect::<Vec<u32>>());
        }
    }

    #[test]
    fn units_are_called_as_people_count() {
        let run = RunId { model: "better".into(), seed: 7 };
        assert_eq!(run_name(Some(5), &run), "better (repeat 2, fold 3)");
        assert_eq!(run_name(None, &run), "better (seed 7)");
    }

    #[test]
    fn groups_need_a_data_set_that_has_them() {
        let cross_validation = CrossValidation { folds: 5, group: Some("patient".into()) };
        let problem = cross_validation.folds_of(&data(), 0).unwrap_err();
        assert!(problem.contains("\"patient\"") && problem.contains("no groups"), "{problem}");
        let grouped = Dataset { groups: (0..50).map(|i| i / 10).collect(), ..data() };
        let folds = cross_validation.folds_of(&grouped, 0).unwrap();
        assert!(folds.chunks(10).all(|of_group| of_group.iter().all(|fold| *fold == of_group[0])));
        let few = Dataset { groups: vec![1; 50], ..data() };
        assert!(cross_validation.folds_of(&few, 0).unwrap_err().contains("1 groups"));
    }

    #[test]
    fn held_out_images_are_among_those_to_train_on() {
        let data = data();
        let of: Vec<u32> = (10..50).collect();
        let (train, held_out) = hold_out(&data, &of, 0.25, 3);
        assert_eq!(held_out.len(), 10);
        let mut all = [train, held_out].concat();
        all.sort_unstable();
        assert_eq!(all, of);
        // Of all images, it is the split that a study without folds makes.
        let whole: Vec<u32> = (0..50).collect();
        assert_eq!(hold_out(&data, &whole, 0.25, 3), split::stratified(&data.labels, 3, 0.25, 3));
    }
}
