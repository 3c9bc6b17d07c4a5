//! What the kernels are given.

use std::ops::Range;

use super::reference::AvgPoolGeometry;
use crate::layout::Layout;

/// Where one image's values are, of the input's and of the output's shape.
#[derive(Clone, Copy)]
pub(super) struct Plane {
    pub(super) geometry: AvgPoolGeometry,
    pub(super) large: Layout,
    pub(super) small: Layout,
}

pub(super) fn plane(geometry: AvgPoolGeometry, large: Layout, small: Layout) -> Plane {
    assert_eq!([large.height, large.width], geometry.input(), "input of {geometry:?}");
    assert_eq!([small.height, small.width], geometry.output(), "output of {geometry:?}");
    assert_eq!(large.channels, small.channels, "channels");
    if let AvgPoolGeometry::Sliding { window, .. } = geometry {
        assert!(window.meets_input(), "a window beside the image in {window:?}");
    }
    Plane { geometry, large, small }
}

/// A window of the input, and how many values its mean is of.
pub(super) struct Window {
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
    pub(super) values: usize,
    /// Where the first channel of its mean stands behind that of pixel (0, 0).
    pub(super) mean: usize,
}

impl Plane {
    /// The windows, row by row.
    #[inline(always)]
    pub(super) fn windows(self) -> impl Iterator<Item = Window> {
        let Layout { height, width, channels, .. } = self.small;
        (0..height * width).map(move |index| {
            let (row, column) = (index / width, index % width);
            let ((rows, h), (columns, w)) = (self.geometry.span(0, row), self.geometry.span(1, column));
            let mean = row * self.small.row_stride() + column * channels;
            Window { rows, columns, values: h * w, mean }
        })
    }
}
