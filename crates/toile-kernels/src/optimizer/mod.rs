//! How parameters follow their gradients.

pub mod reference;
