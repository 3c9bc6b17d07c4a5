//! The algorithms that a convolution of these sizes can be given.

use super::algorithms::{Algorithms, Beside};
use super::geometry::Conv2d;
use super::reference::Conv2dGeometry;
use crate::precision::Precision;
use crate::window::WindowGeometry;

impl Conv2d {
    /// The same with the algorithms that [`Conv2dGeometry::algorithms`] chooses for its sizes and what it does beside.
    pub fn choosing(self, precision: Precision) -> Conv2d {
        Conv2d { algorithms: self.chosen(precision), ..self }
    }

    /// Panics where a kernel would run an algorithm that was never meant for these sizes. They are compared with the
    /// choice itself, because the kernels' buffers are as long as it makes them.
    pub(super) fn check_algorithms(&self) {
        let [f32, bf16] = [Precision::F32, Precision::Bf16].map(|precision| self.chosen(precision));
        // What is trained in bf16 is evaluated in f32.
        let known = [f32, bf16, bf16.in_f32()];
        assert!(known.contains(&self.algorithms), "algorithms of {self:?}");
    }

    fn chosen(&self, precision: Precision) -> Algorithms {
        let window = WindowGeometry {
            input: [self.input.height, self.input.width],
            output: self.conv_size(),
            kernel: self.kernel,
            stride: self.stride,
            padding: self.padding,
        };
        let (in_channels, out_channels) = (self.input.channels, self.output.channels);
        let beside = Beside::of(self.pool, self.activation, self.pool_first);
        Conv2dGeometry { window, in_channels, out_channels }.algorithms(beside, precision)
    }
}
