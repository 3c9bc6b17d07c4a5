//! What the forward kernels work on, and how they end a sum.

use super::geometry::Linear;
use crate::simd::Simd;

/// What the items of the forward pass share.
#[derive(Clone, Copy)]
pub(super) struct Task {
    pub(super) linear: Linear,
    pub(super) input: *const f32,
    pub(super) input_stride: usize,
    /// The first of the whole blocks of inputs that are summed, and their end.
    pub(super) blocks: [usize; 2],
    /// Inputs behind these, with the zeros that fill them up.
    pub(super) rest: usize,
    pub(super) weight: *const f32,
    /// Whether the thread that reads a weight writes it next.
    pub(super) updated: bool,
    pub(super) bias: *const f32,
    pub(super) mask: *const f32,
    pub(super) output: *mut f32,
}

// SAFETY: items only read what they share, and `forward` gives each places of its own to write.
unsafe impl Sync for Task {}

/// Bias, ReLU and dropout of `n` outputs of an image. Adds +0 to `odd`, or NaN where a sum is not finite.
#[inline(always)]
pub(super) unsafe fn store<S: Simd>(
    task: &Task,
    image: usize,
    output: usize,
    sums: S::F,
    n: usize,
    odd: &mut S::F,
) {
    let at = image * task.linear.output.image_stride() + output;
    // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's sizes.
    unsafe {
        let mut y = sums;
        if !task.bias.is_null() {
            y = S::add(y, S::load_first(task.bias.add(output), n));
        }
        *odd = S::add(*odd, S::sub(y, y));
        if task.linear.relu() {
            y = S::relu(y);
        }
        if !task.mask.is_null() {
            let mask = S::load_first(task.mask.add(at), n);
            let zero = S::zero();
            y = S::select(S::eq(mask, zero), zero, S::mul(y, mask));
        }
        S::store_first(task.output.add(at), n, y);
    }
}
