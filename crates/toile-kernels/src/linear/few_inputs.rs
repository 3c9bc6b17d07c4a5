//! Forward with at most four inputs: outputs side by side instead of one output's products.
//!
//! Such a sum has one product a lane, and the tree over the lanes would be most of the work. Here each lane of
//! the sum is a vector over the outputs, and the same tree adds those. The lanes without an input would hold
//! +0 and are not there; adding them once is enough, since only -0 is changed by it.

use super::geometry::{BLOCK, Linear};
use super::task::{Task, store};
use crate::LANES;
use crate::simd::{Simd, versions};

/// Outputs of an item, whose weights are brought together once for all its images: enough to be written one
/// behind the other.
pub(super) const ITEM_OUTPUTS: usize = 256;

/// Sums of an item, about.
const ITEM: usize = 4096;

impl Linear {
    /// Whether this pays.
    pub(super) fn has_few_inputs(&self, images: usize) -> bool {
        self.in_features() <= 4 && images >= 4
    }
}

/// Images of an item.
pub(super) fn item_images(linear: &Linear, _: usize) -> usize {
    ITEM / linear.out_features().min(ITEM_OUTPUTS)
}

/// One image's outputs, sixteen (or the first `lanes`) from `output` on, of a layer with K inputs, whose
/// weights for them are at K places.
#[inline(always)]
unsafe fn image<S: Simd, const K: usize>(
    task: &Task,
    image: usize,
    output: usize,
    lanes: usize,
    weights: &[*const f32; K],
    odd: &mut S::F,
) {
    // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's sizes.
    unsafe {
        let x = task.input.add(image * task.input_stride);
        let mut sums = [S::zero(); K];
        for l in 0..K {
            let product = S::fma(S::splat(*x.add(l)), S::load(weights[l]), S::zero());
            sums[l] = S::add(product, S::zero());
        }
        let mut half = K.next_power_of_two() / 2;
        while half > 0 {
            for i in 0..half.min(K - half) {
                sums[i] = S::add(sums[i], sums[i + half]);
            }
            half /= 2;
        }
        store::<S>(task, image, output, sums[0], lanes, odd);
    }
}

#[inline(always)]
unsafe fn item<S: Simd, const K: usize>(task: &Task, images: [usize; 2], outputs: [usize; 2]) -> bool {
    let [first, end] = outputs;
    // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's sizes; all
    // inputs are in the first block, and an item has no more outputs.
    unsafe {
        let mut odd = S::zero();
        let mut weights = [[0.0; ITEM_OUTPUTS]; K];
        for (k, row) in weights.iter_mut().enumerate() {
            for (n, weight) in row[..end - first].iter_mut().enumerate() {
                *weight = *task.weight.add((first + n) * BLOCK + k);
            }
        }
        for b in images[0]..images[1] {
            for n in (0..end - first).step_by(LANES) {
                let weights = weights.each_ref().map(|row| row.as_ptr().add(n));
                image::<S, K>(task, b, first + n, (end - first - n).min(LANES), &weights, &mut odd);
            }
        }
        S::tree_sum(odd) == 0.0
    }
}

versions! {
    /// As `products`, for a layer that [`Linear::has_few_inputs`].
    pub(super) fn products_of_few<S>(task: &Task, images: [usize; 2], outputs: [usize; 2]) -> bool {
        match task.linear.in_features() {
            1 => item::<S, 1>(task, images, outputs),
            2 => item::<S, 2>(task, images, outputs),
            3 => item::<S, 3>(task, images, outputs),
            _ => item::<S, 4>(task, images, outputs),
        }
    }
}
