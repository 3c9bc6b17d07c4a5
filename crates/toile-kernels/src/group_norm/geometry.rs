//! A group normalisation's sizes and settings.

use super::reference::GroupNormGeometry;
use crate::activation::Activation;
use crate::layout::Layout;

/// A group normalisation with everything known but the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupNorm {
    /// Channels, height and width of an image.
    pub dims: [usize; 3],
    /// Groups of channels; divides their number.
    pub groups: usize,
    /// Added to the variance.
    pub eps: f64,
    /// What follows.
    pub activation: Option<Activation>,
}

impl GroupNorm {
    pub(super) fn geometry(&self) -> GroupNormGeometry {
        let [channels, rows, columns] = self.dims;
        GroupNormGeometry { rows, columns, channels, groups: self.groups }
    }

    /// Values of what goes into the activation of this many images, where its gradient needs that.
    pub fn before_len(&self, layout: Layout, images: usize) -> usize {
        let keeps = self.activation.is_some_and(Activation::keeps_input);
        if keeps { layout.buffer_len(images) } else { 0 }
    }

    /// Panics where the fields contradict each other or this layout.
    pub(super) fn check(&self, layout: Layout) {
        self.geometry().check();
        assert_eq!([layout.channels, layout.height, layout.width], self.dims, "shapes differ");
    }
}
