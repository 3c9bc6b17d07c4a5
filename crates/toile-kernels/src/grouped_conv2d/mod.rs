//! Convolution with groups or dilation, depthwise convolution above all.
//!
//! **Formula, order.** As [`reference`] says, then the activation as [`activation`](crate::activation) says.
//!
//! **Layout.** Images as [`Layout`](crate::layout::Layout) says, the input with a border of zeros at least as wide as
//! the padding; no border is written. The weight is packed in panels of sixteen output channels of one group, or, where
//! each channel is by itself, of sixteen groups ([`GroupedConv2d::weight_len`]); what fills up a panel is zero.
//!
//! **Input.** As [`conv2d`](crate::conv2d)'s.
//!
//! **Aliasing.** None.
//!
//! A convolution with one group and no dilation is [`conv2d`](crate::conv2d)'s, which has more kernels and an order of
//! accumulation of its own.

mod backward;
mod depthwise;
mod forward;
mod general;
mod geometry;
mod meets;
mod part;
pub mod reference;
mod table;

pub use backward::{Backward, InputGradient, backward};
pub use forward::{Forward, forward};
pub use geometry::GroupedConv2d;
pub use table::{kernel_of, kernels};
