//! Group normalisation (Wu and He 2018), alone or with the activation behind it.
//!
//! **Formula, order.** As [`reference`] says; the activation as [`activation`](crate::activation) says. The
//! reference's loops over pixels are compiled for each instruction set: channels are their lanes.
//!
//! **Layout.** Any border on either side. Statistics and sums are `[image][channel]`, parameters [channel].
//! **Aliasing.** None.
//!
//! **Memory.** An image is one item of work, so that what one loop over it has read is in the cache for the
//! next. The moments of the channels come from [`moments`](crate::batch_norm::moments), or from the
//! convolution that made the images.

mod backward;
mod forward;
mod geometry;
pub mod reference;

pub use backward::{Backward, Workspace, backward};
pub use forward::{Normalise, forward, statistics};
pub use geometry::GroupNorm;
