//! What the pictures of a source are as files: their sizes and kinds.

use std::collections::BTreeMap;
use std::path::Path;

use super::contents::{self, Contents};
use crate::error::DataError;
use crate::parallel;
use crate::source::{DataSource, Location};
use toile_picture::Limits;

/// Files of pictures, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// How many have a header that can be read.
    pub files: usize,
    /// Bytes of all together.
    pub bytes: u64,
    /// How many there are of each height and width, in pixels.
    pub sizes: BTreeMap<[usize; 2], usize>,
    /// How many there are of each kind: `JPEG, colour`, `PNG, grey, transparent`.
    pub kinds: BTreeMap<String, usize>,
}

/// Reads the headers of a source's pictures; `None` where it holds arrays.
///
/// # Errors
/// A folder or table that cannot be read.
pub fn facts(source: &DataSource, base: &Path) -> Result<Option<FileFacts>, DataError> {
    if !matches!(source.location, Location::Folders(_) | Location::Table { .. }) {
        return Ok(None);
    }
    let Contents::Pictures(listing) = contents::look(source, base)? else { return Ok(None) };
    let limits = Limits::default();
    let probes = parallel::map(listing.items.len(), |i| {
        let bytes = toile_picture::read(&listing.items[i].path, &limits).ok()?;
        toile_picture::probe(&bytes, &limits).ok()
    });
    let mut facts = FileFacts::default();
    for (item, probe) in listing.items.iter().zip(probes) {
        let Some(probe) = probe else { continue };
        let colour = if probe.is_colour { "colour" } else { "grey" };
        let alpha = if probe.has_alpha { ", transparent" } else { "" };
        facts.files += 1;
        facts.bytes += item.bytes;
        *facts.sizes.entry(probe.size).or_default() += 1;
        *facts.kinds.entry(format!("{}, {colour}{alpha}", probe.format)).or_default() += 1;
    }
    Ok(Some(facts))
}
