//! Batch normalisation, alone or with what follows it: a sum with a skip, an activation, 2x2
//! max-pooling.
//!
//! **Formula, order.** As [`reference`] says; what follows as the references of [`add`](crate::add),
//! [`activation`](crate::activation) and [`max_pool2d`](crate::max_pool2d) say, one after the other: whoever
//! runs those gets the same bits. (Behind pooling, the slope of an activation other than ReLU is not looked at where
//! a value did not win its window: its gradient is +0, where 0 times the slope could be -0, or NaN.)
//!
//! **Layout.** Any border on either side; everything a channel is [channel]. A pooled output comes with a
//! byte a value, `[image][row][column][channel]`: the winning pixel of its window (0 to 3, row by row), or 4
//! where ReLU cut it off. **Aliasing.** None.
//!
//! **Memory.** Images pass through the caches once a round at best, so what counts is how often each tensor
//! is read and written. Forward, the input is read once for its moments (not at all where the convolution
//! that made it took them, see [`image_moments_len`]) and once to be normalised. Backward, each of the two
//! rounds reads the input and the output's gradient; what ReLU cut off is found out again from the input, and what went
//! into another activation is made again. The second
//! round is the convolution's that made the input, where one did ([`DOutput`]). Where one convolution alone reads the
//! output, and nothing but ReLU comes between, the second forward round and the first backward one are that
//! convolution's ([`Input`], [`InputSums`]), and the output is never stored.

mod backward;
mod behind;
mod block;
mod moments;
mod normalise;
mod plane;
pub mod reference;
mod sizes;
mod way_back;
mod way_in;

pub use backward::{Backward, GradientTerms, join_sums, sums};
pub use behind::OutputGradient;
pub(crate) use moments::image_moments;
pub use moments::{join_moments, moments};
pub use normalise::{Normalise, Pooled, normalise, normalise_pooled, pooled_workspace_len};
pub use sizes::{image_moments_len, workspace_len};
pub(crate) use way_back::SharedDOutput;
pub use way_back::{DOutput, WayBack, input_gradient};
pub use way_in::{Input, InputSums, WayIn};
pub(crate) use way_in::{Region, SharedInput, SharedInputSums};
