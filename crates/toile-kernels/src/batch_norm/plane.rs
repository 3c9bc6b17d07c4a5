//! Where an image's pixels are.

use crate::layout::Layout;

/// One image's pixels.
#[derive(Clone, Copy)]
pub(super) struct Plane {
    /// Pixel (0, 0).
    pub(super) values: *mut f32,
    /// From one row and column to the next.
    pub(super) row: usize,
    pub(super) column: usize,
}

impl Plane {
    /// # Safety
    /// `values` is a batch in this layout that has this image.
    pub(super) unsafe fn new(values: *mut f32, layout: Layout, image: usize) -> Plane {
        // SAFETY: the caller promises what stands under Safety.
        let values = unsafe { values.add(image * layout.image_stride() + layout.origin()) };
        Plane { values, row: layout.row_stride(), column: layout.channels }
    }

    /// # Safety
    /// The image has this pixel and channel.
    #[inline(always)]
    pub(super) unsafe fn at(&self, row: usize, column: usize, channel: usize) -> *mut f32 {
        // SAFETY: the caller promises what stands under Safety.
        unsafe { self.values.add(row * self.row + column * self.column + channel) }
    }
}
