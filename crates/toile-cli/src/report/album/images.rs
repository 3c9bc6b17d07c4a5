//! The images of a report, and the sheet they are packed into.

use std::iter;

use maud::Markup;
use toile_data::Dataset;
use toile_study::evidence::Evidence;

use super::choice::{self, CELL_IMAGES_MAX, Cells, LIMITS, Limits};
use crate::sheet::Sheet;

/// Images are left out until the page is smaller.
pub(in crate::report) const PAGE_BYTES_MAX: usize = 3_000_000;

/// Where pixels come from: a data set, or a sheet that was kept.
pub trait Pictures {
    /// Channels, height and width.
    fn shape(&self) -> [usize; 3];
    /// The bytes of a test image, `[row][column][channel]`, where it is there.
    fn picture(&self, index: u32) -> Option<&[u8]>;
    /// Images of a cell that were kept at most; `None` where every image is there.
    fn cell_images_max(&self) -> Option<usize> {
        None
    }
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
pub(in crate::report) struct Album {
    /// Its images, by their index in the test set.
    sheet: Sheet<u32>,
    /// Images of a cell that are in it at most.
    pub(in crate::report) limit: usize,
}

impl Album {
    /// From the fullest to one without an image, for a page to take the first that it has room for. Only the last
    /// where there are no pixels, or where they are neither grey nor coloured.
    pub(in crate::report) fn ever_smaller<'a>(
        evidence: &'a Evidence,
        pictures: Option<&'a dyn Pictures>,
    ) -> impl Iterator<Item = Album> + 'a {
        let pictures = pictures.filter(|pictures| matches!(pictures.shape()[0], 1 | 3));
        let cells = Cells::of_all(&evidence.outcomes);
        // A sheet that was kept begins where it was found to fit: its page is the same again.
        let kept = pictures.and_then(Pictures::cell_images_max).unwrap_or(CELL_IMAGES_MAX);
        let tried = LIMITS.into_iter().filter(move |limits| limits.cell <= kept);
        let mut least_bytes_per_image = 0.0;
        let packed = tried.filter_map(move |limits: Limits| {
            let pictures = pictures?;
            let wanted = choice::wanted(evidence, &cells, limits);
            let there = |index: &u32| Some((*index, pictures.picture(*index)?));
            let images: Vec<(u32, &[u8])> = wanted.iter().filter_map(there).collect();
            let fits = |png_bytes: f64| png_bytes * 4.0 / 3.0 < PAGE_BYTES_MAX as f64;
            // Packing takes long: what is hopeless by far is not packed.
            if !fits(images.len() as f64 * least_bytes_per_image) {
                return None;
            }
            let album = Album::pack(pictures.shape(), &images, limits.cell);
            least_bytes_per_image = 0.75 * album.png().len() as f64 / images.len().max(1) as f64;
            fits(album.png().len() as f64).then_some(album)
        });
        packed.chain(iter::once_with(Album::default))
    }

    fn pack(shape: [usize; 3], images: &[(u32, &[u8])], limit: usize) -> Album {
        Album { sheet: Sheet::pack(shape, images), limit }
    }

    /// The sheet as a file; empty without an image.
    pub(in crate::report) fn png(&self) -> &[u8] {
        self.sheet.png()
    }

    pub(in crate::report) fn is_empty(&self) -> bool {
        self.png().is_empty()
    }

    /// Whether images stand behind the cells of a matrix.
    pub(in crate::report) fn has_cells(&self) -> bool {
        !self.is_empty() && self.limit > 0
    }

    /// Where an image stands in the sheet: its number, from left to right and line by line.
    pub(in crate::report) fn place(&self, index: u32) -> Option<usize> {
        self.sheet.place(index)
    }

    pub(in crate::report) fn columns(&self) -> usize {
        self.sheet.columns()
    }

    /// The images in the order of the sheet.
    pub(in crate::report) fn indices(&self) -> impl Iterator<Item = u32> {
        self.sheet.keys()
    }

    /// The rules that show images, the sheet among them.
    pub(in crate::report) fn css(&self) -> String {
        self.sheet.css()
    }

    /// An image with a text for those who cannot see it; nothing where the sheet lacks it.
    pub(in crate::report) fn image(&self, index: u32, text: &str) -> Option<Markup> {
        self.sheet.image(index, text)
    }
}
