//! Tests of the crate as others use it.

mod arrays;
mod listing;
mod load;
mod own;
mod stage;
