//! Functions of one value: ReLU and GELU.

pub mod reference;
