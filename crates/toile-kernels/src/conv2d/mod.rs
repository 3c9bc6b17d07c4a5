//! 2-d convolution (cross-correlation).
//!
//! **Formula.** y[oh, ow, oc] = b[oc] + sum over kh, kw, ic of
//! x[oh sh + kh - ph, ow sw + kw - pw, ic] w[oc, ic, kh, kw], optionally followed by an activation, by 2x2
//! max-pooling, or by both in either order (with ReLU it is max-pooling that comes first: the other way only the
//! sign of a zero could differ).
//!
//! **Layout.** Images as [`Layout`](crate::layout::Layout) says, the input with a border at least as wide as
//! the padding. Weights in panels of 16 output channels, `[panel][kh][kw][ic][16]`, the last panel filled up
//! with zeros (see [`pack`]); derived from that, where a kernel reads it otherwise, caches. A pooled output
//! comes with a byte a value: the winning pixel of its window (0 to 3, row by row), or 4 where ReLU cut it
//! off. Forward, no border is written; backward, the border of the input's gradient is left with rubbish, and
//! nobody reads a gradient's border.
//!
//! **Input.** It is there, or the convolution normalises each image for itself, as [`batch_norm`](crate::batch_norm) says
//! ([`Input`](crate::batch_norm::Input)), and sums up what that wants of its gradient.
//!
//! **Aliasing.** None.
//!
//! **Order of accumulation.** As [`reference`] fixes it: forward a chain of fused multiply-adds from the
//! bias over kh, kw, ic; weight gradients a chain over a group's images and 2x2 blocks of pixels, groups
//! added in order; input gradients a chain over the flipped window, of which a stride leaves only what meets
//! an output. Where most gradients are zero because of pooling, the weight gradient leaves out their terms,
//! and so does the input gradient of a convolution that [`is_sparse`](Conv2d::is_sparse): 0 times infinity
//! is not seen, nor the slope of an activation where a value did not win its window. Nor is the sign of a zero
//! that an underflow or `accumulate` left, if zeros alone are added.
//! With products of bf16, which [`Conv2d::algorithms`] chooses where that is asked for and pays, factors are rounded and
//! added by twos, and a weight gradient goes row by row over its pixels; packed weights and images stay f32.
//! That is the direct algorithm; where [`Conv2d::algorithms`] says so, [`winograd`]'s reference holds instead.

mod activated;
mod ahead;
mod algorithms;
mod backward;
mod choice;
mod direct;
mod forward;
mod geometry;
mod input_gradient;
pub mod pack;
mod pairs;
mod patch;
mod plane;
pub mod reference;
mod scratch;
mod seen;
mod sparse;
mod split;
mod spread;
mod sum;
mod table;
mod weight_gradient;
pub mod winograd;

pub use algorithms::{Algorithm, Algorithms, Beside, Tile};
pub use backward::{Backward, InputGradient, backward};
pub use forward::{Again, Forward, forward, forward_with_moments};
pub use geometry::Conv2d;
pub use scratch::Scratch;
pub use sparse::pack_partials;
pub use table::{Kernels, Pass};
