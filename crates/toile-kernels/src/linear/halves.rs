//! Outputs with many inputs, as sums of two halves: a thread of two then reads the half of the weight that it updated on
//! the way back, and it is still in the cache of its core.

use super::task::{Task, store};
use crate::LANES;
use crate::simd::versions;

impl Task {
    /// Of the sums the halves alone: the first one, up to a block of inputs, where the sums go, the second one to `second`,
    /// laid out alike.
    pub(super) fn halves(&self, middle: usize, second: *mut f32) -> [Task; 2] {
        let [first_block, end] = self.blocks;
        let mut linear = self.linear;
        linear.activation = None;
        let half = Task { linear, bias: std::ptr::null(), mask: std::ptr::null(), ..*self };
        [
            Task { blocks: [first_block, middle], rest: 0, ..half },
            Task { blocks: [middle, end], output: second, ..half },
        ]
    }
}

versions! {
    /// Adds the second halves to the first ones, of some images. Returns whether all sums are finite.
    pub(super) fn join<S>(task: &Task, second: &Task, images: [usize; 2]) -> bool {
        let (outputs, stride) = (task.linear.out_features(), task.linear.output.image_stride());
        let mut odd = S::zero();
        for image in images[0]..images[1] {
            for n in (0..outputs).step_by(LANES) {
                let (at, lanes) = (image * stride + n, (outputs - n).min(LANES));
                let half = S::load_first(task.output.add(at), lanes);
                let sums = S::add(half, S::load_first(second.output.add(at), lanes));
                store::<S>(task, image, n, sums, lanes, &mut odd);
            }
        }
        S::tree_sum(odd) == 0.0
    }
}
