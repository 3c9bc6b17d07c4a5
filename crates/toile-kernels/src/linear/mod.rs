//! Fully connected layer: y = x W^T + b.

pub mod reference;
