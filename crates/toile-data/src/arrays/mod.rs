//! Files that hold whole arrays: NumPy's, IDX pairs in any width, CIFAR's binary batches.
//!
//! Each reader gives an [`ArraySet`]: images as bytes in the order `[image][row][column][channel]`, and labels as the
//! file has them. Sizes are checked before anything is set aside for them, and memory follows what a file holds, never
//! what its header claims. Python objects in a NumPy file are refused: only running them would read them.

mod array;
mod assemble;
mod cifar;
mod error;
mod images;
mod labels;
mod limits;
mod literal;
mod npy;
mod npz;
mod options;
mod pairs;
mod set;

pub use cifar::cifar;
pub(crate) use cifar::{CIFAR10_BATCHES, planar_records};
pub use error::{ArrayError, ArrayProblem};
pub use npz::npz;
pub use options::{ArrayOptions, Layout};
pub(crate) use pairs::is_numpy;
pub use pairs::{Pair, Pairs, idx, images_alone, npy};
pub use set::{ArraySet, Labelled, Labels};
