//! Largest value of each window.

pub mod reference;
