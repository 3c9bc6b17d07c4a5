//! What the kernels are given.

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
