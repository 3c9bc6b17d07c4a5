//! The folder in which fetched and decoded data sets are kept.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use crate::definition::Definition;

/// The data set's folder in the cache: `<cache>/toile/<folder>`, or `<chosen>/<folder>`. None where the platform
/// names no cache folder (no home, say).
pub(crate) fn folder(definition: &Definition, chosen: Option<&Path>) -> Option<PathBuf> {
    Some(root(chosen)?.join(definition.folder))
}

/// The cache: `<cache>/toile`, or the folder chosen.
pub(crate) fn root(chosen: Option<&Path>) -> Option<PathBuf> {
    Some(match chosen {
        Some(chosen) => chosen.to_owned(),
        None => etcetera::base_strategy::choose_native_strategy().ok()?.cache_dir().join("toile"),
    })
}
