//! Mean of each window.

pub mod reference;
