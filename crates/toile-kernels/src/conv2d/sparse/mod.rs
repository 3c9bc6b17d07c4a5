//! Backward through a max-pooled convolution, touching only what won its window.
//!
//! At most one in four of the convolution's outputs has a gradient. The terms are added in the order of
//! the dense kernels, so skipping the zeros cannot be seen in the bits (for finite data).
//!
//! Both gradients run along kernel rows: the kw and ic of one kernel row are adjacent in the input and in
//! a row of weights, so one winner of channel oc at one pixel touches a few vectors of each.

mod image;
mod input_gradient;
mod lists;
mod pack;
mod tile;
mod weight_gradient;
mod windows;

use super::geometry::Conv2d;
use crate::LANES;
use crate::isa::Isa;

pub(super) use image::{Image, Target};
pub(super) use input_gradient::clear;
pub(super) use lists::Lists;
pub use pack::pack_partials;
pub(super) use windows::window_gradients;

impl Conv2d {
    /// Whether the sparse kernels do the backward pass: a matter of shapes alone. Their lists hold offsets
    /// and channels in 32 bits.
    pub fn is_sparse(&self) -> bool {
        let listed = self.output.image_len().checked_add(self.output.channels);
        let largest = self.input.image_stride().max(listed.unwrap_or(usize::MAX));
        let direct = self.algorithms.weight_gradient.tile().is_none();
        self.pool && direct && self.segment() >= LANES && u32::try_from(largest).is_ok()
    }
}

/// Adds one image's weight and bias gradients to its group's `partial` (rows, then bias).
///
/// # Safety
/// All pointers valid for what the geometry reaches; `lists` made for it.
pub(super) unsafe fn weight_gradients(
    isa: Isa,
    conv: &Conv2d,
    image: Image,
    lists: &mut Lists,
    partial: *mut f32,
) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        let (rows, bias) = (weight_gradient::rows_at_once(conv), partial.add(conv.weight_len()));
        for first in (0..conv.output.height).step_by(rows) {
            let rows = first..conv.output.height.min(first + rows);
            lists::by_channel(isa, conv, image, &rows, lists, bias);
            weight_gradient::weight_gradient(isa, conv, image, &rows, lists, partial);
        }
    }
}

/// Adds one image's input gradient to its target.
///
/// # Safety
/// All pointers valid for what the geometry reaches; `lists` made for it.
pub(super) unsafe fn input_gradients(
    isa: Isa,
    conv: &Conv2d,
    image: Image,
    lists: &mut Lists,
    target: Target,
) {
    // SAFETY: the caller vouches for the pointers, and for lists of this geometry.
    unsafe {
        lists::by_pixel(isa, conv, image, lists);
        input_gradient::input_gradient(isa, conv, lists, target);
    }
}
