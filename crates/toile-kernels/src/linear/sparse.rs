//! Gradients of a block of inputs over the lists of what is not zero.

use super::block::{Part, Task, VECTORS};
use super::geometry::BLOCK;
use crate::LANES;
use crate::optimizer::prefetch_slot;
use crate::simd::{Simd, prefetch, versions};

/// Rows of the weight that are asked for ahead.
const AHEAD: usize = 8;

versions! {
    /// A group of outputs at a time: its rows of the weight stay in the first-level cache while all images
    /// take what they need, then they are updated.
    pub(super) fn block_gradients<S>(task: &Task, part: Part, tile: *mut f32) {
        let Part { block, images, groups } = part;
        if groups[0] < groups[1] {
            task.gather::<S>(block, tile);
        }
        for group in 0..task.lists.groups {
            if !task.d_input.is_null() {
                input_gradients::<S>(task, block, group, images, tile.add(task.lists.second_tile()));
            }
            if (groups[0]..groups[1]).contains(&group) {
                weight_gradients::<S>(task, block, group, tile);
            }
        }
    }
}

/// Adds factors times rows of 64 values to the sums.
#[inline(always)]
unsafe fn chain<S: Simd>(
    rows: *const f32,
    (indices, factors): (*mut u32, *mut f32),
    count: usize,
    mut sums: [S::F; VECTORS],
) -> [S::F; VECTORS] {
    // SAFETY: the caller promises `count` entries, and that the lists hold rows that exist.
    unsafe {
        for i in 0..count {
            let row = rows.add(*indices.add(i) as usize * BLOCK);
            let factor = S::splat(*factors.add(i));
            for v in 0..VECTORS {
                sums[v] = S::fma(factor, S::load(row.add(v * LANES)), sums[v]);
            }
        }
    }
    sums
}

/// What a group of outputs adds to some images' gradients, which wait in `tile` between groups.
#[inline(always)]
unsafe fn input_gradients<S: Simd>(
    task: &Task,
    block: usize,
    group: usize,
    images: [usize; 2],
    tile: *mut f32,
) {
    let lists = &task.lists;
    let (first, last) = (group == 0, group + 1 == lists.groups);
    let rows = task.row(block, 0).parameter;
    for image in images[0]..images[1] {
        // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's sizes.
        unsafe {
            let count = *lists.image_count(group, image) as usize;
            let waiting = tile.add(image * BLOCK);
            let mut sums = [S::zero(); VECTORS];
            if first {
                sums = task.start::<S, VECTORS>(block, image, 0);
            } else {
                for v in 0..VECTORS {
                    sums[v] = S::load(waiting.add(v * LANES));
                }
            }
            let sums = chain::<S>(rows, lists.of_image(group, image), count, sums);
            if last {
                task.finish::<S, VECTORS>(block, image, 0, &sums);
            } else {
                for v in 0..VECTORS {
                    S::store(waiting.add(v * LANES), sums[v]);
                }
            }
        }
    }
}

/// Updates a group's rows of the weight.
#[inline(always)]
unsafe fn weight_gradients<S: Simd>(task: &Task, block: usize, group: usize, tile: *const f32) {
    let lists = &task.lists;
    let (rule, inputs) = (task.rule, task.inputs(block));
    let [first, end] = lists.outputs(group, task.linear.out_features());
    for output in first..end {
        let slot = task.row(block, output);
        // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's sizes;
        // prefetching is a hint.
        unsafe {
            for v in 0..VECTORS {
                prefetch_slot(&rule, slot.at(AHEAD * BLOCK + v * LANES));
                prefetch(slot.at((end - first) * BLOCK + v * LANES).parameter);
            }
            let count = *lists.output_count(output) as usize;
            let sums = chain::<S>(tile, lists.of_output(output), count, [S::zero(); VECTORS]);
            task.update::<S, S, VECTORS>(&rule, inputs, slot, 0, &sums);
        }
    }
}
