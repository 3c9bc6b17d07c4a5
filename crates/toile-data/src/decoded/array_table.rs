//! An array of images that a table describes: the class of each, perhaps its part and its group.

use std::path::PathBuf;

use super::array_images::{ArrayImages, Classified};
use super::file::PARTS;
use crate::arrays::{ArrayOptions, images_alone};
use crate::error::DataError;
use crate::listing::{self, ArrayListing, Part, TableOptions};
use crate::source::{Columns, DataSource};

/// Reads the array and the table about it.
pub(super) fn read(
    source: &DataSource,
    [images, table]: [&PathBuf; 2],
    columns: &Columns,
    options: &ArrayOptions,
) -> Result<ArrayImages, DataError> {
    let (image_shape, pixels) = images_alone(images, options)?;
    let len = image_shape.iter().product::<usize>();
    let options = TableOptions {
        classes: source.classes.clone(),
        path: columns.path.clone(),
        label: columns.label.clone(),
        split: columns.split.clone(),
        group: columns.group.clone(),
        ..TableOptions::of(table)
    };
    let mut listing = listing::labels_of_array(&options, pixels.len() / len)?;
    if source.keeps_all {
        let open = listing.rows.iter_mut().filter(|row| row.part.is_none());
        open.for_each(|row| row.part = Some(Part::Train));
    } else {
        listing::split_array(&mut listing, source.test_share, source.split_seed)?;
    }
    let ArrayListing { class_names, rows, group_names, notes } = listing;
    let parts = PARTS.map(|part| {
        let of_part = || rows.iter().filter(move |row| row.part == Some(part));
        Classified {
            pixels: of_part().flat_map(|row| &pixels[row.index * len..][..len]).copied().collect(),
            labels: of_part().map(|row| row.class).collect(),
            groups: of_part().filter_map(|row| row.group).collect(),
        }
    });
    Ok(ArrayImages { image_shape, class_names, group_names, notes, parts })
}
