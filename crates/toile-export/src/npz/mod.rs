//! NumPy: an archive of arrays that `numpy.load` opens with `allow_pickle=False`.
//!
//! The weights have their names in PyTorch's state dict. Beside them stand `class_names`, `mean`, `std`, `image_shape`,
//! `background`, `seed` and `epoch` as arrays, and what else the file says of itself ([`facts`]) as texts without
//! dimensions.

mod npy;
mod zip;

use toile_study::trained::Trained;

use crate::error::ExportError;
use crate::facts::facts;
use npy::Array;
use zip::Archive;

/// What is written as an array with dimensions, or is known from the names of the arrays.
const NO_TEXTS: [&str; 8] =
    ["class_names", "image_shape", "mean", "std", "background", "seed", "epoch", "weights"];

/// The bytes of an `.npz` file.
///
/// # Errors
/// More than the 4 GiB that an archive holds without the extension that few readers have.
pub fn file(trained: &Trained) -> Result<Vec<u8>, ExportError> {
    let mut archive = Archive::default();
    for (name, tensor) in &trained.weights.entries {
        archive.add(name, &Array::floats(&tensor.shape, &tensor.data));
    }
    let integers = |values: &[usize]| values.iter().map(|&value| value as u64).collect::<Vec<_>>();
    let scale = &trained.normalization;
    archive.add("class_names", &Array::texts(&[trained.class_names.len()], &trained.class_names));
    archive.add("mean", &Array::floats(&[scale.mean.len()], &scale.mean));
    archive.add("std", &Array::floats(&[scale.std.len()], &scale.std));
    archive.add("image_shape", &Array::integers(&[3], &integers(&trained.image_shape)));
    archive.add("background", &Array::integers(&[3], &trained.preprocessing.background.map(u64::from)));
    archive.add("seed", &Array::integers(&[], &[trained.run.seed]));
    archive.add("epoch", &Array::integers(&[], &[u64::from(trained.epoch)]));
    for (key, text) in facts(trained).into_iter().filter(|(key, _)| !NO_TEXTS.contains(&key.as_str())) {
        archive.add(&key, &Array::texts(&[], &[text]));
    }
    archive.finish()
}
