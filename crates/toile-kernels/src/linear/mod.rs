//! Fully connected layers.
//!
//! **Formula.** y[b, n] = sum over k of x[b, k] w[n, k] + bias[n], optionally an activation, optionally
//! times a dropout mask.
//!
//! **Layout.** Inputs as [`Layout`](crate::layout::Layout) without border says (an image's values in memory
//! order, filled up with zeros to whole vectors). The weight in blocks of 64 inputs, `[k / 64][n][64]`, filled
//! up with zeros: one block is what one item of the backward pass reads, updates and leaves. With many
//! outputs a block also has unused rows behind them.
//!
//! **Aliasing.** None.
//!
//! **Order of accumulation.** As [`reference`] fixes it: forward sixteen lanes over k and the fixed tree, of many inputs in two halves;
//! input gradients a chain over n; weight and bias gradients a chain over the images.

mod backward;
mod block;
mod dense;
mod few_inputs;
mod finish;
mod forward;
mod geometry;
mod halves;
mod products;
pub mod reference;
mod scratch;
mod sparse;
mod table;
mod task;

pub use backward::{Backward, InputGradient, backward};
pub use forward::{Forward, forward, forward_side_by_side};
pub use geometry::{BLOCK, Linear};
pub use scratch::Scratch;
pub use table::Kernels;
