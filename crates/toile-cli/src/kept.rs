//! The images that were kept beside a report, read from the study's folder.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::anyhow;
use toile_store::file::{self, Kind};
use toile_store::{StoreError, sealed};
use toile_study::names;

use crate::report::{Binding, Kept, Whose};

/// Whoever writes the sheet again replaces its files one after the other. Files that do not belong together are read so
/// often before they are taken for damaged, with so much time between.
const TRIES: usize = 10;
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// Images of this shape (channels, height, width), where it is known also of these data; `None` where none were kept.
/// A sheet of an earlier version does not say whose it is, and is used as it is.
///
/// # Errors
/// Files that cannot be read, or are not as the report left them, and images of other data.
pub(crate) fn read(folder: &Path, shape: [usize; 3], whose: Option<&Whose>) -> anyhow::Result<Option<Kept>> {
    let mut tried = look(folder, shape, whose)?;
    for _ in 1..TRIES {
        if tried.is_ok() {
            break;
        }
        thread::sleep(BETWEEN_TRIES);
        tried = look(folder, shape, whose)?;
    }
    tried.map_err(|problem| {
        anyhow!(
            "the images kept in {} cannot be used: {problem}; delete images.png to make the report without \
             them, or run the study again, which trains nothing that is finished",
            folder.display()
        )
    })
}

/// What the files say now, or why they cannot be used together.
fn look(
    folder: &Path,
    shape: [usize; 3],
    whose: Option<&Whose>,
) -> Result<Result<Option<Kept>, String>, StoreError> {
    let [png, csv, binding] = names::IMAGES.map(|name| folder.join(name));
    let (png, csv) = (file::read(&png, Kind::Picture)?, file::read(&csv, Kind::Table)?);
    let (Some(png), Some(csv)) = (png, csv) else { return Ok(Ok(None)) };
    let remedy = "delete images.png to make the report without images, or run the study again, which trains nothing \
                  that is finished";
    let binding = sealed::read::<Binding>(&binding, remedy)?;
    let belongs = binding.map_or(Ok(()), |binding| binding.check(&png, &csv, whose));
    Ok(belongs.and_then(|()| Kept::read(shape, &png, &csv)).map(Some))
}
