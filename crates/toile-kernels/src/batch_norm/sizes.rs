//! Sizes of images, and of what is kept of them.

use crate::layout::{Layout, TOO_LARGE, product};

/// Values of the moments of this many images, each taken by itself: [image][mean, then squares][channel].
pub fn image_moments_len(layout: Layout, images: usize) -> usize {
    product([2, images, layout.channels])
}

/// Values of the workspace that [`sums`] wants for this many images on so many threads.
pub fn workspace_len(layout: Layout, images: usize, threads: usize) -> usize {
    let sums = product([2, images, layout.channels]);
    sums.checked_add(product([threads, layout.row_len()])).expect(TOO_LARGE)
}

pub(super) fn dims(layout: Layout) -> [usize; 3] {
    [layout.channels, layout.height, layout.width]
}

/// Height and width of what 2x2 max-pooling (stride 2, odd last rows and columns left out) makes of this.
pub(super) fn pooled_dims(layout: Layout) -> [usize; 3] {
    [layout.channels, layout.height / 2, layout.width / 2]
}
