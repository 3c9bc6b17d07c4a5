//! Trained networks as small devices run them: a list of steps without branches, normalisations folded into the
//! convolutions before them, and one piece of memory in which all tensors between the steps have their places.
//!
//! ```text
//! Network + weights -> Program (program/) -> Memory (memory.rs)
//!                      Program -> float.rs: plain loops, what calibrating looks at
//!                      Program + ranges of its tensors -> int8/: the same in whole numbers
//! ```
//!
//! It knows no files and no data sets; what writes C of it is `toile-export`.

pub mod float;
pub mod int8;
pub mod memory;
pub mod program;
mod window;
