//! Which algorithm a convolution runs: a matter of shapes alone, because each has its own bits.

use super::geometry::Conv2d;
use super::reference::Conv2dGeometry;
use crate::window::WindowGeometry;

/// How outputs or gradients are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Window by window ([`reference`](super::reference)).
    Direct,
    /// In Winograd's domain ([`winograd`](super::winograd)).
    Winograd,
}

/// A convolution's algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Algorithms {
    /// Of the output.
    pub forward: Algorithm,
    /// Of the gradient of the input.
    pub input_gradient: Algorithm,
    /// Of the gradient of the weight.
    pub weight_gradient: Algorithm,
}

impl Algorithms {
    /// Window by window throughout.
    pub const DIRECT: Algorithms = Algorithms {
        forward: Algorithm::Direct,
        input_gradient: Algorithm::Direct,
        weight_gradient: Algorithm::Direct,
    };
}

/// Channels on either side from which on the transforms cost less than they save.
const CHANNELS: usize = 16;

impl Conv2dGeometry {
    /// What runs. `pooled`: the output is max-pooled by the same kernel, behind ReLU at the most; then most of its
    /// gradient is zero, and direct kernels leave that out. Behind another activation, which cuts nothing off, there
    /// is more left, and Winograd's algorithm is faster.
    pub fn algorithms(&self, pooled: bool) -> Algorithms {
        let wide = self.in_channels.min(self.out_channels) >= CHANNELS;
        let suits = self.suits_winograd() && wide;
        let winograd = |pays: bool| if suits && pays { Algorithm::Winograd } else { Algorithm::Direct };
        // A tile with one row or column to give takes nearly as many products as direct windows do, and one
        // that sees a single one many more.
        let large = |size: [usize; 2]| size[0] >= 2 && size[1] >= 2;
        let (input, output) = (large(self.window.input), large(self.window.output));
        Algorithms {
            forward: winograd(output),
            input_gradient: winograd(input && output && !pooled),
            weight_gradient: winograd(output && !pooled),
        }
    }

    /// Whether Winograd's algorithm can compute it at all.
    pub(super) fn suits_winograd(&self) -> bool {
        self.window.kernel == [3, 3] && self.window.stride == [1, 1]
    }
}

impl Conv2d {
    /// What runs.
    pub fn algorithms(&self) -> Algorithms {
        let window = WindowGeometry {
            input: [self.input.height, self.input.width],
            output: self.conv_size(),
            kernel: self.kernel,
            stride: self.stride,
            padding: self.padding,
        };
        let (in_channels, out_channels) = (self.input.channels, self.output.channels);
        Conv2dGeometry { window, in_channels, out_channels }.algorithms(self.pool && !self.pools_activated())
    }
}
