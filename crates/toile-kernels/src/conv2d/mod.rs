//! 2-d convolution (cross-correlation, as in PyTorch).

pub mod reference;
