//! The images that were kept beside a report, read from the study's folder.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, anyhow};
use toile_study::names;

use crate::report::Kept;

/// Images of this shape (channels, height, width); `None` where none were kept.
///
/// # Errors
/// Files that cannot be read, or are not as the report left them.
pub(crate) fn read(folder: &Path, shape: [usize; 3]) -> anyhow::Result<Option<Kept>> {
    let read = |name: &str| match fs::read(folder.join(name)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("cannot read {}", folder.join(name).display())),
    };
    let [png, csv] = names::IMAGES;
    let (Some(png), Some(csv)) = (read(png)?, read(csv)?) else { return Ok(None) };
    let kept = Kept::read(shape, &png, &String::from_utf8_lossy(&csv));
    kept.map(Some).map_err(|problem| {
        anyhow!(
            "the images kept in {} cannot be used: {problem}; delete images.png to make the report without \
             them, or run the study again, which trains nothing that is finished",
            folder.display()
        )
    })
}
