//! What a file says about its picture before the pixels.

use crate::orientation::Orientation;

/// Found without decoding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// Height and width as stored.
    pub(super) size: [usize; 2],
    /// Whether a pixel may be other than grey.
    pub(super) is_colour: bool,
    /// Whether a pixel may be transparent.
    pub(super) has_alpha: bool,
    /// Which way up the stored rows are.
    pub(super) orientation: Orientation,
}
