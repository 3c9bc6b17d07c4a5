//! Dropout of single values and of whole channels.

pub mod reference;
