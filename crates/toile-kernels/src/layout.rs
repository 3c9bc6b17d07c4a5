//! Where the values of a batch of images lie in memory.

use crate::LANES;

/// Where sizes do not fit a `usize`.
pub(crate) const TOO_LARGE: &str = "sizes beyond the address space";

/// A number of values. Panics where it overflows, also in a release build: what is compared with the
/// length of a slice must not have wrapped around.
#[track_caller]
pub(crate) fn product<const N: usize>(factors: [usize; N]) -> usize {
    factors.into_iter().try_fold(1, usize::checked_mul).expect(TOO_LARGE)
}

/// `[image][row][column][channel]`, with a border of zeros around each image wide enough for the padding
/// of whoever reads it (in gradients the border means nothing), and each image starting on its own cache
/// line. Features are the channels of an image of one pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Channels of a pixel, adjacent in memory.
    pub channels: usize,
    /// Rows of an image, without the border.
    pub height: usize,
    /// Columns of an image, without the border.
    pub width: usize,
    /// Rows of zeros above and below.
    pub border_rows: usize,
    /// Columns of zeros left and right.
    pub border_columns: usize,
}

impl Layout {
    /// Without a border. `dims` are channels, height, width.
    pub fn dense(dims: [usize; 3]) -> Self {
        Layout { channels: dims[0], height: dims[1], width: dims[2], border_rows: 0, border_columns: 0 }
    }

    /// Values from one row to the next.
    pub fn row_stride(&self) -> usize {
        (self.width + 2 * self.border_columns) * self.channels
    }

    /// Values from one image to the next: an odd number of cache lines, so that the same place in
    /// neighbouring images does not fall into the same cache set.
    pub fn image_stride(&self) -> usize {
        let lines = ((self.height + 2 * self.border_rows) * self.row_stride()).div_ceil(LANES);
        (lines | 1) * LANES
    }

    /// Offset of pixel (0, 0) in its image.
    pub fn origin(&self) -> usize {
        self.border_rows * self.row_stride() + self.border_columns * self.channels
    }

    /// Values of a buffer for this many images. Panics where that overflows: the other sizes are parts of
    /// this one, so once it has been compared with a slice, none of them has wrapped around.
    pub fn buffer_len(&self, images: usize) -> usize {
        let framed = |size: usize, border: usize| product([2, border]).checked_add(size).expect(TOO_LARGE);
        let rows = framed(self.height, self.border_rows);
        let values = product([framed(self.width, self.border_columns), self.channels, rows]);
        product([values.div_ceil(LANES) | 1, LANES, images])
    }

    /// Values of one image, without the border.
    pub fn image_len(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Values of a row, without the border.
    pub fn row_len(&self) -> usize {
        self.width * self.channels
    }

    /// Whether an image's values lie side by side.
    pub fn is_dense(&self) -> bool {
        self.border_rows == 0 && self.border_columns == 0
    }

    /// Copies dense images into `to`.
    pub fn scatter(&self, from: &[f32], to: &mut [f32]) {
        assert_eq!(from.len() % self.image_len(), 0, "not a whole number of images");
        for (image, values) in from.chunks_exact(self.image_len()).enumerate() {
            for (row, values) in values.chunks_exact(self.row_len()).enumerate() {
                let start = image * self.image_stride() + self.origin() + row * self.row_stride();
                to[start..start + values.len()].copy_from_slice(values);
            }
        }
    }

    /// Copies images out of `from` into dense ones.
    pub fn gather(&self, from: &[f32], to: &mut [f32]) {
        assert_eq!(to.len() % self.image_len(), 0, "not a whole number of images");
        for (image, values) in to.chunks_exact_mut(self.image_len()).enumerate() {
            for (row, values) in values.chunks_exact_mut(self.row_len()).enumerate() {
                let start = image * self.image_stride() + self.origin() + row * self.row_stride();
                values.copy_from_slice(&from[start..start + values.len()]);
            }
        }
    }
}

/// A batch of images to read.
#[derive(Clone, Copy, Debug)]
pub struct Images<'a> {
    /// At least [`Layout::buffer_len`] values.
    pub values: &'a [f32],
    /// How they lie.
    pub layout: Layout,
}

/// A batch of images to write. Whoever takes one writes no border.
#[derive(Debug)]
pub struct ImagesMut<'a> {
    /// At least [`Layout::buffer_len`] values.
    pub values: &'a mut [f32],
    /// How they lie.
    pub layout: Layout,
}

impl Images<'_> {
    pub(crate) fn check(&self, images: usize, what: &str) {
        assert!(
            self.values.len() >= self.layout.buffer_len(images),
            "{what} is too short for {images} images"
        );
    }
}

impl ImagesMut<'_> {
    /// To be read for a while.
    pub fn as_images(&self) -> Images<'_> {
        Images { values: self.values, layout: self.layout }
    }

    pub(crate) fn check(&self, images: usize, what: &str) {
        assert!(
            self.values.len() >= self.layout.buffer_len(images),
            "{what} is too short for {images} images"
        );
    }
}
