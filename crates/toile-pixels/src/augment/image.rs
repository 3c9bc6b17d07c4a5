//! An image under the hands of the transforms.

/// An image that is changed in place.
pub(super) struct Image<'a> {
    /// Channels, height and width.
    pub(super) shape: [usize; 3],
    /// `[row][column][channel]`.
    pub(super) pixels: &'a mut [u8],
    /// As many bytes, for whatever a transform needs on the way.
    pub(super) scratch: &'a mut [u8],
}

impl Image<'_> {
    /// The image as it is in the scratch, to be read while the pixels are written.
    pub(super) fn split(&mut self) -> (&[u8], &mut [u8]) {
        self.scratch.copy_from_slice(self.pixels);
        (self.scratch, self.pixels)
    }
}

/// Pixels of an image, from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) top: usize,
    pub(super) left: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}
