//! The data set that somebody names in one word: of the catalogue, a folder, a file, or a study's.

use std::path::{Path, PathBuf};

use anyhow::bail;
use toile_data::catalog::{self, CATALOG};
use toile_data::decoded::{FileFacts, facts};
use toile_data::listing::FileKind;
use toile_data::{DataError, DataSource, Loaded};
use toile_study::numbers::joined;
use toile_study::study_file::Source;

use super::init::place;
use super::opened;
use crate::args::DataPlace;
use crate::progress::{fetch::fetch_progress, remark};

/// The size of pictures that have several and of which nobody said what they become.
const SIDE: usize = 64;

/// A data set, with what its files are.
pub(super) struct Named {
    pub(super) loaded: Loaded,
    pub(super) files: Option<FileFacts>,
}

/// Opens what a word means.
///
/// # Errors
/// A word that means nothing, and a data set that cannot be opened.
pub(super) fn open(word: &str, place: &DataPlace) -> anyhow::Result<Named> {
    let (mut source, base) = source_of(word)?;
    let load = |source: &DataSource| {
        toile_data::open(source, &base, &opened::load_options(place), &mut fetch_progress())
    };
    let loaded = match load(&source) {
        Err(DataError::MixedSizes { sizes, smallest, largest, .. }) => {
            remark(&format!(
                "the pictures have {sizes} sizes, from {smallest} to {largest}; they are looked at as \
                 {SIDE} x {SIDE}, unless a study file with image_size is named"
            ));
            source.image_size = Some([SIDE; 2]);
            load(&source)?
        }
        loaded => loaded?,
    };
    loaded.notes.iter().for_each(|note| remark(note));
    let files = facts(&source, place.data_dir.as_deref().unwrap_or(&base))?;
    Ok(Named { loaded, files })
}

/// The source, and the folder that its paths are below.
pub(super) fn source_of(word: &str) -> anyhow::Result<(DataSource, PathBuf)> {
    let path = Path::new(word);
    if path.is_file() && FileKind::of(word) == FileKind::Study {
        let study = Source::open(word)?;
        let folder = study.folder().to_owned();
        return Ok((study.parse()?.study().source.clone(), folder));
    }
    if !path.exists() && catalog::find(word).is_none() {
        let known: Vec<&str> = CATALOG.iter().map(|entry| entry.name).collect();
        bail!(
            "{word:?} is no data set\n  Name one of the catalogue ({}), a folder of class folders, a table (.csv, .tsv), a \
             NumPy archive (.npz), or a study file (.toml)",
            joined(&known)
        );
    }
    Ok((place::source(&[path.to_owned()])?, PathBuf::new()))
}
