//! A fully connected layer's sizes and settings, and how its weight lies in memory.

use crate::activation::{Activation, is_relu};
use crate::layout::{Layout, product};

/// Inputs of a block of the weight.
pub const BLOCK: usize = 64;

/// Inputs from which on an output is the sum of two halves.
const HALVES: usize = 512;

/// Rows of a block that fill 4 KB, the part of an address that chooses the set of a first-level cache.
const PAGE_ROWS: usize = 1024 / BLOCK;

/// Where the second half of an output's sum starts, where there are two ([`reference`](super::reference)).
pub(super) fn second_half(in_features: usize) -> Option<usize> {
    (in_features >= HALVES).then_some(in_features.div_ceil(BLOCK) / 2 * BLOCK)
}

/// A fully connected layer with everything known but the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear {
    /// Of the input, dense.
    pub input: Layout,
    /// Of the output, dense.
    pub output: Layout,
    /// What follows.
    pub activation: Option<Activation>,
}

impl Linear {
    /// Number of inputs.
    pub fn in_features(&self) -> usize {
        self.input.image_len()
    }

    /// Number of outputs.
    pub fn out_features(&self) -> usize {
        self.output.image_len()
    }

    /// Blocks of the weight.
    pub fn blocks(&self) -> usize {
        self.in_features().div_ceil(BLOCK)
    }

    /// Rows from one block of the weight to the next: with many, an odd number of pages, so that the same
    /// rows of different blocks do not fall into the same cache sets.
    fn block_rows(&self) -> usize {
        let outputs = self.out_features();
        if outputs < 64 { outputs } else { (outputs.div_ceil(PAGE_ROWS) | 1) * PAGE_ROWS }
    }

    /// Values from one block of the weight to the next.
    pub(super) fn block_stride(&self) -> usize {
        self.block_rows() * BLOCK
    }

    /// Values of the packed weight.
    pub fn weight_len(&self) -> usize {
        product([self.blocks(), self.block_rows(), BLOCK])
    }

    /// Values of what goes into the activation of this many images, which its gradient needs: laid out as
    /// the output. 0 where nothing is needed.
    pub fn before_len(&self, images: usize) -> usize {
        let keeps = self.activation.is_some_and(Activation::keeps_input);
        if keeps { self.output.buffer_len(images) } else { 0 }
    }

    /// Values that wait while the outputs of this many images are summed: those of the second halves, laid out as the output.
    pub fn halves_len(&self, images: usize) -> usize {
        second_half(self.in_features()).map_or(0, |_| self.output.buffer_len(images))
    }

    pub(super) fn relu(&self) -> bool {
        is_relu(self.activation)
    }

    pub(super) fn check(&self) {
        // Panics where it overflows: below, sizes may be multiplied freely.
        self.input.buffer_len(1);
        self.output.buffer_len(1);
        assert!(self.input.is_dense() && self.output.is_dense(), "a border in {self:?}");
    }

    /// Calls `f(index in [n][column], index in the packed weight)`. Where the input is a flattened image,
    /// columns are in PyTorch's order (channel, row, column) and memory is not.
    fn each_weight(&self, mut f: impl FnMut(usize, usize)) {
        let Layout { channels, height, width, .. } = self.input;
        let (inputs, outputs, stride) = (self.in_features(), self.out_features(), self.block_stride());
        for n in 0..outputs {
            for column in 0..inputs {
                let (channel, pixel) = (column / (height * width), column % (height * width));
                let k = pixel * channels + channel;
                f(n * inputs + column, k / BLOCK * stride + n * BLOCK + k % BLOCK);
            }
        }
    }

    /// [out, in] to blocks.
    pub fn pack_weight(&self, plain: &[f32], packed: &mut [f32]) {
        assert_eq!(packed.len(), self.weight_len(), "packed weight");
        // What fills up must be zero again after a run that diverged.
        packed.fill(0.0);
        self.each_weight(|i, j| packed[j] = plain[i]);
    }

    /// Blocks to [out, in].
    pub fn unpack_weight(&self, packed: &[f32]) -> Vec<f32> {
        assert_eq!(packed.len(), self.weight_len(), "packed weight");
        let mut plain = vec![0.0; self.in_features() * self.out_features()];
        self.each_weight(|i, j| plain[i] = packed[j]);
        plain
    }
}
