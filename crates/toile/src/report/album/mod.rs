//! The test images that a report shows: chosen once, packed into one sheet, each image once.
//!
//! Which images those are follows from the evidence alone, so that a report made again from a study's folder shows
//! the same ones. The sheet is kept beside the report for that purpose: `images.png` with `images.csv`.

mod choice;
mod kept;
mod sheet;

use std::collections::BTreeMap;

use maud::{Markup, html};
use toile_data::Dataset;
use toile_study::evidence::Evidence;

pub(super) use choice::{Cells, changed, hardest, lowest_seed, shown_pairs};
pub use kept::Kept;
pub(super) use kept::files;

/// Images of a cell of a confusion matrix that are shown at most.
pub(super) const CELL_IMAGES_MAX: usize = 24;
/// The sheet is not to be larger; 2 MB when written as text, of the 3 that a report may have.
const SHEET_BYTES_MAX: usize = 1_500_000;
/// Images of a cell, tried from the left until the sheet fits.
const LIMITS: [usize; 8] = [CELL_IMAGES_MAX, 16, 12, 8, 6, 4, 2, 1];

/// Where pixels come from: a data set, or a sheet that was kept.
pub trait Pictures {
    /// Channels, height and width.
    fn shape(&self) -> [usize; 3];
    /// The bytes of a test image, [row][column][channel], where it is there.
    fn picture(&self, index: u32) -> Option<&[u8]>;
}

impl Pictures for Dataset {
    fn shape(&self) -> [usize; 3] {
        self.image_shape
    }

    fn picture(&self, index: u32) -> Option<&[u8]> {
        (index < self.len() as u32).then(|| self.image(index))
    }
}

/// The sheet of a report.
#[derive(Default)]
pub(super) struct Album {
    /// Height and width of an image.
    size: [usize; 2],
    /// Images of a line.
    columns: usize,
    /// The sheet; empty without an image.
    pub(super) png: Vec<u8>,
    /// Place of each image, by its index in the test set.
    places: BTreeMap<u32, usize>,
    /// Images of a cell that are in it at most.
    pub(super) limit: usize,
}

impl Album {
    /// Chooses and packs. Nothing where there are no pixels, or where they are neither grey nor coloured.
    pub(super) fn new(evidence: &Evidence, pictures: Option<&dyn Pictures>) -> Album {
        let Some(pictures) = pictures.filter(|p| matches!(p.shape()[0], 1 | 3)) else {
            return Album::default();
        };
        let cells = Cells::of_all(&evidence.outcomes);
        let mut album = Album::default();
        for limit in LIMITS {
            let wanted = choice::wanted(evidence, &cells, limit);
            let there = |index: &u32| Some((*index, pictures.picture(*index)?));
            let images: Vec<(u32, &[u8])> = wanted.iter().filter_map(there).collect();
            album = Album::pack(pictures.shape(), &images, limit);
            if album.png.len() <= SHEET_BYTES_MAX {
                break;
            }
        }
        album
    }

    fn pack(shape: [usize; 3], images: &[(u32, &[u8])], limit: usize) -> Album {
        let [_, height, width] = shape;
        let columns = sheet::columns(images.len());
        let pixels: Vec<&[u8]> = images.iter().map(|image| image.1).collect();
        let png = if images.is_empty() { Vec::new() } else { sheet::encode(shape, columns, &pixels) };
        let places = images.iter().enumerate().map(|(place, image)| (image.0, place)).collect();
        Album { size: [height, width], columns, png, places, limit }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.png.is_empty()
    }

    /// Where an image stands in the sheet: its number, from left to right and line by line.
    pub(super) fn place(&self, index: u32) -> Option<usize> {
        self.places.get(&index).copied()
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// The images in the order of the sheet.
    pub(super) fn indices(&self) -> impl Iterator<Item = u32> {
        self.places.keys().copied()
    }

    /// The rules that show images, the sheet among them: the only place where it stands.
    pub(super) fn css(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        let [height, width] = self.size;
        // Small images are enlarged by whole numbers, large ones reduced.
        let zoom = if width <= 56 { (56 / width.max(1)) as f64 } else { 96.0 / width as f64 };
        let (w, h) = (width as f64 * zoom, height as f64 * zoom);
        let rows = self.places.len().div_ceil(self.columns);
        format!(
            ".i{{width:{w}px;height:{h}px;background-size:{}px {}px;background-position:calc(var(--x)*-{w}px) calc(var(--y)*-{h}px);\
             background-image:url(data:image/png;base64,{})}}\n",
            w * self.columns as f64,
            h * rows as f64,
            sheet::base64(&self.png)
        )
    }

    /// An image with a text for those who cannot see it; nothing where the sheet lacks it.
    pub(super) fn image(&self, index: u32, text: &str) -> Option<Markup> {
        let place = self.place(index)?;
        let style = format!("--x:{};--y:{}", place % self.columns, place / self.columns);
        Some(html! { span.i role="img" aria-label=(text) title=(text) style=(style) {} })
    }
}
