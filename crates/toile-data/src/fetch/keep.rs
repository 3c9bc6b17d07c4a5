//! What becomes of a fetched file.

use std::path::Path;

use crate::definition::Definition;
use crate::error::DataError;
use crate::files;
use crate::folder;

/// Unwraps, verifies and keeps a fetched file.
pub(super) fn keep(
    definition: &Definition,
    file: usize,
    origin: &str,
    bytes: Vec<u8>,
    folder: &Path,
) -> Result<(), DataError> {
    let bytes = files::unwrap(bytes, origin)?;
    files::verify_alone(definition, file, origin, &bytes)?;
    folder::store(folder, definition.files[file].name, &bytes)
}
