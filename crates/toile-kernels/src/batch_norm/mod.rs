//! Batch normalisation, optionally followed by ReLU.
//!
//! **Formula, order.** As [`reference`] says: each image's sums in f32, images joined in order in f64.
//!
//! **Layout.** Any border on either side; everything a channel is [channel]. **Aliasing.** None.

mod backward;
mod forward;
pub mod reference;

pub use backward::{Backward, backward};
pub use forward::{Normalise, moments, normalise};

use crate::layout::{Layout, product};

/// Values of the workspace that [`moments`] and [`backward`] want for this many images.
pub fn workspace_len(layout: Layout, images: usize) -> usize {
    product([2, images, layout.channels])
}
