//! What recipe a run's folder was trained by: its resolved configuration read back, without any data set.

use toile_store::{RunFolder, StoreError};

use crate::recipe::Recipe;
use crate::study_file;

/// The recipe that the folder's configuration describes; `None` without a configuration, and for one that Toile would
/// not write.
///
/// # Errors
/// A configuration that is there and cannot be read.
pub fn recorded(folder: &RunFolder) -> Result<Option<Recipe>, StoreError> {
    let config = folder.read(&folder.config())?;
    Ok(config.and_then(|bytes| study_file::recipe(&String::from_utf8_lossy(&bytes))))
}

/// Whether the folder's run was trained by this recipe. What study and model are called does not count.
///
/// # Errors
/// A configuration that is there and cannot be read.
pub fn holds(folder: &RunFolder, recipe: &Recipe) -> Result<bool, StoreError> {
    Ok(recorded(folder)?.is_some_and(|there| there == *recipe))
}

/// Whether two configurations describe the same recipe, or are the same where they are none that Toile would write.
pub fn trained_alike(a: &[u8], b: &[u8]) -> bool {
    let recipe = |bytes: &[u8]| study_file::recipe(&String::from_utf8_lossy(bytes));
    a == b || recipe(a).zip(recipe(b)).is_some_and(|(a, b)| a == b)
}
