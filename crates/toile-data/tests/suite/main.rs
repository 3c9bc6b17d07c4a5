//! Tests of the crate as others use it.

mod listing;
mod load;
