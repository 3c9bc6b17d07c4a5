//! Log-softmax with the negative log likelihood.

pub mod reference;
