//! A block of 64 inputs in the backward pass: what its gradients are made from, where their sums start and end.

use super::geometry::{BLOCK, Linear};
use super::scratch::Lists;
use crate::LANES;
use crate::optimizer::{Rule, Slot, apply};
use crate::simd::{Simd, Vector};

/// Of a block: some images' input gradients, and the updates of some groups' weights.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) block: usize,
    pub(super) images: [usize; 2],
    pub(super) groups: [usize; 2],
}

/// What the items of the second round share.
pub(super) struct Task {
    pub(super) linear: Linear,
    pub(super) images: usize,
    pub(super) input: *const f32,
    pub(super) d_output: *const f32,
    pub(super) d_input: *mut f32,
    pub(super) accumulate: bool,
    pub(super) rule: Rule,
    pub(super) weight: Slot,
    pub(super) lists: Lists,
}

// SAFETY: items only read what they share, and `backward` gives each places of its own to write.
unsafe impl Sync for Task {}

/// Vectors of a block.
pub(super) const VECTORS: usize = BLOCK / LANES;

impl Task {
    /// How many of a block's inputs there are.
    pub(super) fn inputs(&self, block: usize) -> usize {
        (self.linear.in_features() - block * BLOCK).min(BLOCK)
    }

    /// The block's row of an output's weights.
    pub(super) fn row(&self, block: usize, output: usize) -> Slot {
        self.weight.at(block * self.linear.block_stride() + output * BLOCK)
    }

    /// Copies a block of the inputs to `tile`, `[image][64]`, filled up with zeros.
    #[inline(always)]
    pub(super) unsafe fn gather<S: Simd>(&self, block: usize, tile: *mut f32) {
        let inputs = self.inputs(block);
        // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's sizes.
        unsafe {
            for image in 0..self.images {
                let from = self.input.add(image * self.linear.input.image_stride() + block * BLOCK);
                for v in 0..VECTORS {
                    let lanes = inputs.saturating_sub(v * LANES).min(LANES);
                    let value = S::load_first(from.wrapping_add(v * LANES), lanes);
                    S::store(tile.add(image * BLOCK + v * LANES), value);
                }
            }
        }
    }

    /// What a block's input gradients of an image start from.
    #[inline(always)]
    pub(super) unsafe fn start<V: Vector, const N: usize>(
        &self,
        block: usize,
        image: usize,
        k: usize,
    ) -> [V::F; N] {
        // SAFETY: the caller runs on this instruction set.
        let mut sums = [unsafe { V::zero() }; N];
        if self.accumulate {
            let at = image * self.linear.input.image_stride() + block * BLOCK + k;
            for v in 0..N {
                let lanes = self.inputs(block).saturating_sub(k + v * LANES).min(V::LANES);
                // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's
                // sizes.
                sums[v] = unsafe { V::load_first(self.d_input.wrapping_add(at + v * LANES), lanes) };
            }
        }
        sums
    }

    /// Ends sums of input gradients and writes them.
    #[inline(always)]
    pub(super) unsafe fn finish<V: Vector, const N: usize>(
        &self,
        block: usize,
        image: usize,
        k: usize,
        sums: &[V::F; N],
    ) {
        let at = image * self.linear.input.image_stride() + block * BLOCK + k;
        for v in 0..N {
            let lanes = self.inputs(block).saturating_sub(k + v * LANES).min(V::LANES);
            // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's sizes.
            unsafe {
                let sum = V::add(sums[v], V::zero());
                V::store_first(self.d_input.wrapping_add(at + v * LANES), lanes, sum);
            }
        }
    }

    /// Ends sums of weight gradients, of the row at `slot` from input `k` of the block on, and updates.
    #[inline(always)]
    pub(super) unsafe fn update<S: Simd, V: Vector, const N: usize>(
        &self,
        rule: &Rule,
        inputs: usize,
        slot: Slot,
        k: usize,
        sums: &[V::F; N],
    ) {
        // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's sizes.
        unsafe {
            for v in 0..N {
                let mut sixteen = [0.0; LANES];
                V::store_first(sixteen.as_mut_ptr(), V::LANES, V::add(sums[v], V::zero()));
                let sum = S::load(sixteen.as_ptr());
                if inputs == BLOCK {
                    apply::<S>(rule, sum, slot.at(k + v * LANES), LANES);
                } else {
                    // What fills up stays zero whatever the gradients are.
                    let lanes = inputs.saturating_sub(k + v * LANES).min(LANES);
                    apply::<S>(rule, sum, slot.at(k + v * LANES), lanes);
                }
            }
        }
    }
}
