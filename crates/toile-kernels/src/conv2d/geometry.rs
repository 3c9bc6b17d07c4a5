//! A convolution's sizes and settings, and the lengths that follow from them.

use super::algorithms::Algorithms;
use crate::LANES;
use crate::activation::{Activation, is_relu};
use crate::layout::{Layout, TOO_LARGE, product};
use crate::precision::Precision;

/// A convolution with everything known but the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv2d {
    /// Of the input; its border covers the padding.
    pub input: Layout,
    /// Of what is stored: the convolution's output, or the pooled one.
    pub output: Layout,
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Step down and right.
    pub stride: [usize; 2],
    /// Zeros on each side, vertically and horizontally.
    pub padding: [usize; 2],
    /// Whether the output is max-pooled 2x2 (stride 2, odd last rows and columns left out).
    pub pool: bool,
    /// What follows: with pooling in front of it, or behind it where `pool_first`.
    pub activation: Option<Activation>,
    /// Whether pooling comes before the activation, which makes no difference to ReLU.
    pub pool_first: bool,
    /// What computes it, as it has been chosen for these sizes ([`Conv2d::choosing`]).
    pub algorithms: Algorithms,
}

impl Conv2d {
    /// Rows and columns of the convolution's output, before pooling. Panics where the kernel is larger than
    /// the padded input.
    pub fn conv_size(&self) -> [usize; 2] {
        let one = |size: usize, i: usize| {
            let padded = size + 2 * self.padding[i];
            let room = padded.checked_sub(self.kernel[i]).expect("a kernel larger than the padded input");
            room / self.stride[i] + 1
        };
        [one(self.input.height, 0), one(self.input.width, 1)]
    }

    /// Values that feed one output, weights of one output channel.
    pub fn window_len(&self) -> usize {
        self.kernel[0] * self.segment()
    }

    /// Values of one kernel row: adjacent in the input and in a panel.
    pub(super) fn segment(&self) -> usize {
        self.kernel[1] * self.input.channels
    }

    /// Panels of 16 output channels.
    pub fn panels(&self) -> usize {
        self.output.channels.div_ceil(LANES)
    }

    /// Values of the packed weight.
    pub fn weight_len(&self) -> usize {
        product([self.panels(), self.kernel[0], self.kernel[1], self.input.channels, LANES])
    }

    /// Values of the bias, filled up to whole panels.
    pub fn bias_len(&self) -> usize {
        product([self.panels(), LANES])
    }

    /// Values of one group's partial gradients.
    pub fn partial_len(&self) -> usize {
        self.weight_len().checked_add(self.bias_len()).expect(TOO_LARGE)
    }

    /// Bytes that say which pixel of a pooling window won, for one image.
    pub fn argmax_len(&self) -> usize {
        self.output.image_len()
    }

    /// Values of what goes into the activation of this many images, which its gradient needs: laid out as
    /// the output. 0 where nothing is needed.
    pub fn before_len(&self, images: usize) -> usize {
        if self.keeps_before() && !self.makes_again() { self.output.buffer_len(images) } else { 0 }
    }

    /// Whether the gradient of the activation needs what went into it.
    pub(super) fn keeps_before(&self) -> bool {
        self.activation.is_some_and(Activation::keeps_input)
    }

    /// Whether what went into the activation is made again on the way back: a few products a value are less than writing
    /// it to memory and reading it.
    pub fn makes_again(&self) -> bool {
        const PRODUCTS: usize = 27;
        self.keeps_before()
            && !self.pool
            && self.window_len() <= PRODUCTS
            && self.algorithms.forward.tile().is_none()
            && self.algorithms.forward.precision() == Precision::F32
    }

    /// Whether each value of a pooling window is activated, by a function that kernels do not have in their registers.
    pub(super) fn pools_activated(&self) -> bool {
        self.pool && !self.pool_first && self.keeps_before()
    }

    /// Panics where the fields contradict each other. They are public, so every kernel asks.
    pub(super) fn check(&self) {
        // Panics where it overflows: below, sizes may be multiplied freely.
        self.input.buffer_len(1);
        self.output.buffer_len(1);
        let sizes = [self.input.image_len(), self.output.image_len(), self.kernel[0], self.kernel[1]];
        assert!(!sizes.contains(&0), "a size of 0 in {self:?}");
        assert!(!self.stride.contains(&0), "a stride of 0 in {self:?}");
        let [rows, columns] = self.conv_size();
        let (rows, columns) = if self.pool { (rows / 2, columns / 2) } else { (rows, columns) };
        assert_eq!([self.output.height, self.output.width], [rows, columns], "output size of {self:?}");
        assert!(self.input.border_rows >= self.padding[0], "border of {self:?}");
        assert!(self.input.border_columns >= self.padding[1], "border of {self:?}");
        self.check_algorithms();
    }

    pub(super) fn relu(&self) -> bool {
        is_relu(self.activation)
    }

    /// Offset, in its input image, of the first value of output (0, 0)'s window.
    pub(super) fn window_origin(&self) -> usize {
        self.input.origin()
            - self.padding[0] * self.input.row_stride()
            - self.padding[1] * self.input.channels
    }
}

/// Panics where there are too few values.
#[track_caller]
pub(super) fn need(what: &str, got: usize, needed: usize) {
    assert!(got >= needed, "{what} has {got} values, {needed} are needed");
}
