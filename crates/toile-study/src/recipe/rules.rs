//! What a setting may be, as study files are read. What is changed or made elsewhere is read by the same reader:
//! `study_file::problem`.

use std::ops::{RangeFrom, RangeInclusive};

use super::Validation;

/// Times over the training images.
pub const EPOCHS: RangeInclusive<u64> = 1..=100_000;
/// The same in words.
pub const EPOCHS_BOUND: &str = "1 to 100000 epochs";
/// Images a step, as far as that goes without the data.
pub const BATCH_SIZE: RangeFrom<u64> = 1..;
/// The same in words.
pub const BATCH_SIZE_BOUND: &str = "1 or more, up to the number of training images";
/// Seeds of a study.
pub const SEEDS_MAX: u64 = 10_000;
/// What a study file calls the images that a data set sets aside.
pub const VALIDATION_PART: &str = "val";
/// Which share of the training images can be held out, in words.
pub const VALIDATION_BOUND: &str = "a share of the training images up to 0.5, as 0.1";

impl Validation {
    /// The share of the training images that is held out; 0 where the data set has images of its own for it.
    pub fn share(self) -> f64 {
        match self {
            Validation::Share(share) => share,
            Validation::Part => 0.0,
        }
    }
}

/// Whether this share of the training images can be held out.
pub fn is_validation(share: f64) -> bool {
    share > 0.0 && share <= 0.5
}

/// What it takes to be judged by the images held out, in words.
pub const JUDGED_BY_NEEDS: &str =
    "judged_by needs images held out and no folds; add validation = 0.1, or leave judged_by away";

/// Folds of a cross-validation.
pub const FOLDS: RangeInclusive<u64> = 2..=1000;
/// The same in words.
pub const FOLDS_BOUND: &str = "2 to 1000 folds; 5 and 10 are usual";
/// Repeats of a cross-validation.
pub const REPEATS: RangeInclusive<u64> = 1..=1000;
/// The same in words.
pub const REPEATS_BOUND: &str = "1 to 1000 repeats";

/// How many epochs a warm-up can take in a training of so many.
pub fn warmup(epochs: u32) -> RangeInclusive<u64> {
    0..=u64::from(epochs)
}

/// The same in words.
pub fn warmup_bound(epochs: u32) -> String {
    format!("0 to {epochs}, the model's epochs")
}
