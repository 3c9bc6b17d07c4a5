//! What follows the products of a layer whose activation is not ReLU: activation and dropout of the outputs that
//! an item has finished.

use super::geometry::Linear;
use crate::activation::OfRows;
use crate::isa::Isa;
use crate::simd::versions;

/// What the items share.
pub(super) struct Finish {
    pub(super) linear: Linear,
    pub(super) rows: OfRows,
    pub(super) isa: Isa,
    pub(super) output: *mut f32,
    /// Null without dropout.
    pub(super) mask: *const f32,
}

// SAFETY: `item`'s callers vouch for items that write disjoint outputs; everything else is only read.
unsafe impl Sync for Finish {}

impl Finish {
    /// Finishes some outputs of some images, whose sums (with the bias) are at `before`, laid out as the output.
    ///
    /// # Safety
    /// `before`, the output and the mask are valid for the batch; nobody else touches the item's outputs.
    pub(super) unsafe fn item(&self, before: *const f32, images: [usize; 2], outputs: [usize; 2]) {
        let len = outputs[1] - outputs[0];
        for image in images[0]..images[1] {
            let at = image * self.linear.output.image_stride() + outputs[0];
            // SAFETY: the caller promises what stands under Safety; the item's outputs lie side by side in each
            // image.
            unsafe {
                let y = self.output.add(at);
                self.rows.forward(before.add(at), y, len);
                if !self.mask.is_null() {
                    let mask = std::slice::from_raw_parts(self.mask.add(at), len);
                    drop_out(self.isa, mask, std::slice::from_raw_parts_mut(y, len));
                }
            }
        }
    }
}

versions! {
    /// Multiplies values by their mask. What is dropped is +0, whatever it was.
    pub(super) fn drop_out<S>(mask: &[f32], values: &mut [f32]) {
        for (value, &mask) in values.iter_mut().zip(mask) {
            *value = if mask == 0.0 { 0.0 } else { *value * mask };
        }
    }
}
