//! The test images that a report shows: chosen once, packed into one sheet, each image once.
//!
//! Which images those are follows from the evidence alone, so that a report made again from a study's folder shows
//! the same ones. The sheet is kept beside the report for that purpose: `images.png` with `images.csv` and
//! `images.json`.

mod choice;
mod images;
mod kept;

pub(super) use choice::{CELL_IMAGES_MAX, Cells, changed, hardest, lowest_seed, shown_pairs};
pub use images::Pictures;
pub(super) use images::{Album, PAGE_BYTES_MAX};
pub use kept::{Binding, Kept, Whose};
pub(super) use kept::{NAMES, files};
