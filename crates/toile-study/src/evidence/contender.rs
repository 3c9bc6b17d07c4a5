//! What is compared: the runs of some models on the same test images.

use super::outcomes::{self, RunOutcomes};

/// A model to be compared.
#[derive(Clone, Copy, Debug)]
pub struct Contender<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its finished runs.
    pub runs: &'a [RunOutcomes],
    /// Seeds of its runs that diverged.
    pub diverged: &'a [u64],
}

impl Contender<'_> {
    /// Folds of a repeat, where its runs are repeats of a cross-validation.
    pub(super) fn folds(&self) -> Option<u32> {
        outcomes::folds(self.runs)
    }

    /// Networks that were trained, as far as they are finished.
    pub(super) fn trainings(&self) -> usize {
        self.runs.len() * self.folds().map_or(1, |folds| folds as usize)
    }
}

/// What all of them were tested on.
#[derive(Clone, Copy, Debug)]
pub struct Test<'a> {
    /// Names of the classes, in the order of their indices.
    pub class_names: &'a [String],
    /// Class of each image.
    pub labels: &'a [u32],
}
