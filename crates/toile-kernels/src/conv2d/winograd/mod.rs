//! Winograd's F(2x2, 3x3), F(3x3, 3x3) and F(4x4, 3x3): 3x3 convolutions with stride 1 by 16 products where direct ones
//! take 36, by 25 where they take 81, or by 36 where they take 144.
//!
//! **Formula.** With the matrices of Lavin and Gray (2016, section 4.1), of 3x3 and 4x4 outputs with other [`points`], a tile of
//! outputs is A^T [ (G g G^T) . (B^T d B) ] A, d the 4x4 to 6x6 inputs it sees, g the 3x3 weights; the products' sum
//! over the channels is taken in the middle: for each of the 16 to 36 components xi a matrix product, tiles x input
//! channels by input channels x output channels. The gradient of the input is such a convolution of the
//! output's gradient, with the weight flipped and its channels exchanged. The gradient of the weight takes
//! the transforms' transposes: G^T [ sum over tiles (B^T d B) . (A dy A^T) ] G.
//!
//! **Layout.** Images as the direct kernels have them. The transformed weight is a cache,
//! `[panel][xi][input channel][16]`; transformed tiles and their
//! products lie in a thread's scratch, `[xi][tile][channel]`. Of bf16 two input channels share the place of one f32, or two
//! tiles where the gradient of the weight is summed; products are always f32.
//!
//! **Order of accumulation.** As [`reference`] fixes it, transforms included. It is another one than the
//! direct kernels have: which of the two runs is a matter of shapes and of the precision alone ([`Conv2dGeometry::algorithms`]).
//!
//! [`Conv2dGeometry::algorithms`]: super::reference::Conv2dGeometry::algorithms

mod forward;
mod points;
mod product;
mod put;
pub mod reference;
pub(super) mod sizes;
mod tiles;
mod transforms;
mod weight;
mod weight_gradient;

pub(super) use forward::{Convolution, convolve, convolve_and_pool_activated};
pub(super) use sizes::{mirror_panel_len, panel_len};
pub(super) use weight_gradient::WeightGradient;

use super::geometry::Conv2d;

/// Values that a thread needs to work with: first what images' outputs or input gradients need, then what
/// the gradient of the weight needs from image to image.
pub(super) fn scratch_len(conv: &Conv2d) -> usize {
    let sums = conv.algorithms.weight_gradient.tile();
    sums_start(conv) + sums.map_or(0, |tile| weight_gradient::scratch_len(conv, tile))
}

/// Where, in a thread's scratch, that of the gradient of the weight starts.
pub(super) fn sums_start(conv: &Conv2d) -> usize {
    let algorithms = conv.algorithms;
    let forward = algorithms.forward.tile().map(|tile| forward::scratch_len(tile, conv.input.channels));
    let input_gradient = algorithms.input_gradient.tile();
    let input_gradient = input_gradient.map(|tile| forward::scratch_len(tile, conv.output.channels));
    forward.max(input_gradient).unwrap_or(0)
}
