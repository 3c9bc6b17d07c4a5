//! What a setting may be, for study files and for whatever changes a study.

use std::ops::RangeInclusive;

use toile_pixels::augment;

use super::{JudgedBy, Recipe, Validation};

/// Times over the training images.
pub const EPOCHS: RangeInclusive<u64> = 1..=100_000;
/// The same in words.
pub const EPOCHS_BOUND: &str = "1 to 100000 epochs";
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
pub const JUDGED_BY_NEEDS: &str = "judged_by = \"validation\" needs images held out and no folds; add validation = 0.1, or leave judged_by away";

/// Folds of a cross-validation.
pub const FOLDS: RangeInclusive<u64> = 2..=1000;
/// The same in words.
pub const FOLDS_BOUND: &str = "2 to 1000 folds; 5 and 10 are usual";
/// Repeats of a cross-validation.
pub const REPEATS: RangeInclusive<u64> = 1..=1000;
/// The same in words.
pub const REPEATS_BOUND: &str = "1 to 1000 repeats";

/// Whether this can be a learning rate.
pub fn is_learning_rate(rate: f64) -> bool {
    rate > 0.0 && rate.is_finite()
}

/// How many epochs a warm-up can take in a training of so many.
pub fn warmup(epochs: u32) -> RangeInclusive<u64> {
    0..=u64::from(epochs)
}

/// The same in words.
pub fn warmup_bound(epochs: u32) -> String {
    format!("0 to {epochs}, the model's epochs")
}

impl Recipe {
    /// What is wrong with it by the rules that need no data set, and what to do; `None` where nothing is. A study
    /// file shows the line; this is for recipes that were changed since.
    pub fn problem(&self) -> Option<String> {
        let (epochs, warmup_epochs) = (self.epochs, self.learning_rate.warmup_epochs);
        if !EPOCHS.contains(&u64::from(epochs)) {
            return Some(format!("{epochs} epochs are out of range; choose {EPOCHS_BOUND}"));
        }
        if !warmup(epochs).contains(&u64::from(warmup_epochs)) {
            let plural = if epochs == 1 { "" } else { "s" };
            return Some(format!(
                "its training would end inside the warm-up: {epochs} epoch{plural}, of which {warmup_epochs} would be \
                 warm-up; choose {warmup_epochs} epochs or more, or a smaller warmup_epochs in the study file"
            ));
        }
        if !is_learning_rate(self.learning_rate.base) {
            return Some("its learning rate is out of range; choose a number more than 0, and finite".into());
        }
        if let Some(problem) = self.average.and_then(|average| average.problem()) {
            return Some(problem);
        }
        if let Err(error) = augment::check(&self.augment) {
            return Some(error.to_string());
        }
        if matches!(self.validation, Some(Validation::Share(share)) if !is_validation(share)) {
            return Some(format!("its validation split is out of range; choose {VALIDATION_BOUND}"));
        }
        if self.judged_by == JudgedBy::HeldOut
            && (self.validation.is_none() || self.cross_validation.is_some())
        {
            return Some(JUDGED_BY_NEEDS.into());
        }
        if self.early_stopping.is_some() && self.validation.is_none() {
            return Some("early_stopping needs a validation split; add validation = 0.1".into());
        }
        None
    }
}
