//! 2-d convolution (cross-correlation).
//!
//! **Formula.** y[oh, ow, oc] = b[oc] + sum over kh, kw, ic of
//! x[oh sh + kh - ph, ow sw + kw - pw, ic] w[oc, ic, kh, kw], optionally followed by an activation, or by 2x2
//! max-pooling and ReLU (with ReLU first, only the sign of a zero could differ).
//!
//! **Layout.** Images as [`Layout`](crate::layout::Layout) says, the input with a border at least as wide as
//! the padding. Weights in panels of 16 output channels, [panel][kh][kw][ic][16], the last panel filled up
//! with zeros (see [`pack`]); derived from that, where a kernel reads it otherwise, caches. A pooled output
//! comes with a byte a value: the winning pixel of its window (0 to 3, row by row), or 4 where ReLU cut it
//! off. Forward, no border is written; backward, the border of the input's gradient is left with rubbish, and
//! nobody reads a gradient's border.
//!
//! **Aliasing.** None.
//!
//! **Order of accumulation.** As [`reference`] fixes it: forward a chain of fused multiply-adds from the
//! bias over kh, kw, ic; weight gradients a chain over a group's images and 2x2 blocks of pixels, groups
//! added in order; input gradients a chain over the flipped window, of which a stride leaves only what meets
//! an output. Where most gradients are zero because of pooling, the weight gradient leaves out their terms,
//! and so does the input gradient of a convolution that [`is_sparse`](Conv2d::is_sparse): 0 times infinity
//! is not seen. Nor is the sign of a zero that an underflow or `accumulate` left, if zeros alone are added.
//! That is the direct algorithm; where [`Conv2d::algorithms`] says so, [`winograd`]'s reference holds instead.

mod algorithms;
mod backward;
mod forward;
mod input_gradient;
pub mod pack;
mod patch;
pub mod reference;
mod sparse;
mod split;
mod spread;
mod weight_gradient;
pub mod winograd;

use crate::LANES;
use crate::activation::{Activation, is_relu};
use crate::layout::{Layout, product};

pub use algorithms::{Algorithm, Algorithms};
pub use backward::{Backward, InputGradient, Scratch, backward};
pub use forward::{Forward, forward, forward_with_moments};
pub use sparse::pack_partials;

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
    /// What follows. With pooling that can only be ReLU.
    pub activation: Option<Activation>,
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
    fn segment(&self) -> usize {
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

    /// Bytes that say which pixel of a pooling window won, for one image.
    pub fn argmax_len(&self) -> usize {
        self.output.image_len()
    }

    /// Values of what goes into the activation of this many images, which its gradient needs: laid out as
    /// the output. 0 where nothing is needed.
    pub fn before_len(&self, images: usize) -> usize {
        if self.keeps_before() { self.output.buffer_len(images) } else { 0 }
    }

    /// Whether the gradient of the activation needs what went into it.
    fn keeps_before(&self) -> bool {
        self.activation.is_some_and(Activation::keeps_input)
    }

    /// Panics where the fields contradict each other. They are public, so every kernel asks.
    fn check(&self) {
        // Panics where it overflows: below, sizes may be multiplied freely.
        self.input.buffer_len(1);
        self.output.buffer_len(1);
        let sizes = [self.input.image_len(), self.output.image_len(), self.kernel[0], self.kernel[1]];
        assert!(!sizes.contains(&0), "a size of 0 in {self:?}");
        assert!(!self.stride.contains(&0), "a stride of 0 in {self:?}");
        assert!(
            !(self.pool && self.keeps_before()),
            "pooling with an activation other than ReLU in {self:?}"
        );
        let [rows, columns] = self.conv_size();
        let (rows, columns) = if self.pool { (rows / 2, columns / 2) } else { (rows, columns) };
        assert_eq!([self.output.height, self.output.width], [rows, columns], "output size of {self:?}");
        assert!(self.input.border_rows >= self.padding[0], "border of {self:?}");
        assert!(self.input.border_columns >= self.padding[1], "border of {self:?}");
    }

    fn relu(&self) -> bool {
        is_relu(self.activation)
    }

    /// Offset, in its input image, of the first value of output (0, 0)'s window.
    fn window_origin(&self) -> usize {
        self.input.origin()
            - self.padding[0] * self.input.row_stride()
            - self.padding[1] * self.input.channels
    }
}

fn need(what: &str, got: usize, needed: usize) {
    assert!(got >= needed, "{what} has {got} values, {needed} are needed");
}
