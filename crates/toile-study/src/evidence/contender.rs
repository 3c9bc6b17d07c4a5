//! What is compared: the runs of some models on the same test images.

use super::outcomes::RunOutcomes;

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

/// What all of them were tested on.
#[derive(Clone, Copy, Debug)]
pub struct Test<'a> {
    /// Names of the classes, in the order of their indices.
    pub class_names: &'a [String],
    /// Class of each image.
    pub labels: &'a [u32],
}
