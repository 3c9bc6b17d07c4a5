//! Gradients of a block of inputs, all terms of them.

use super::block::{Part, Task, VECTORS};
use super::geometry::BLOCK;
use crate::LANES;
use crate::optimizer::prefetch_slot;
use crate::simd::{Simd, Vector, prefetch_to_write, versions};

/// Rows of the weight that are asked for ahead.
const AHEAD: usize = 16;

versions! {
    pub(super) fn block_gradients<S>(task: &Task, part: Part, tile: *mut f32) {
        if part.groups[0] < part.groups[1] {
            task.gather::<S>(part.block, tile);
        }
        // Where one vector holds all inputs, more rows instead.
        match task.inputs(part.block) {
            ..=4 if S::PARTS => gradients::<S, S::First4, 12, 1>(task, part, tile),
            ..=LANES if S::WIDE => gradients::<S, S, 12, 1>(task, part, tile),
            _ if S::WIDE => gradients::<S, S, 6, VECTORS>(task, part, tile),
            _ => gradients::<S, S, 6, 1>(task, part, tile),
        }
    }
}

/// All gradients of a part in tiles of R images or outputs by N vectors.
#[inline(always)]
unsafe fn gradients<S: Simd, V: Vector, const R: usize, const N: usize>(
    task: &Task,
    part: Part,
    tile: *const f32,
) {
    let Part { block, images, groups } = part;
    let outputs = task.lists.outputs_of(groups, task.linear.out_features());
    // SAFETY: the caller promises the part's memory; the loops' bounds keep tiles inside its images, outputs and block.
    unsafe {
        for k in (0..task.inputs(block)).step_by(N * LANES) {
            let [mut image, end] = images;
            // By the first images that read them.
            let mut updated = groups[0] < groups[1] && task.rule.changes_parameter();
            while image < end && !task.d_input.is_null() {
                match end - image {
                    left if left >= R => {
                        input_tile::<V, R, N>(task, block, image, k, updated);
                        image += R;
                    }
                    2.. => {
                        input_tile::<V, 2, N>(task, block, image, k, updated);
                        image += 2;
                    }
                    _ => {
                        input_tile::<V, 1, N>(task, block, image, k, updated);
                        image += 1;
                    }
                }
                updated = false;
            }
            let [mut output, end] = outputs;
            while output < end {
                match end - output {
                    left if left >= R => {
                        weight_tile::<S, V, R, N>(task, block, output, k, tile);
                        output += R;
                    }
                    2.. => {
                        weight_tile::<S, V, 2, N>(task, block, output, k, tile);
                        output += 2;
                    }
                    _ => {
                        weight_tile::<S, V, 1, N>(task, block, output, k, tile);
                        output += 1;
                    }
                }
            }
        }
    }
}

/// R rows by N vectors: a chain over the outputs or images (`count`). Row r's factor of term i is
/// `factors[r * row + i * term]`, the vectors of term i are at `vectors + i * 64`. Those that will be `updated` are asked
/// for.
#[inline(always)]
unsafe fn chain<V: Vector, const R: usize, const N: usize>(
    (factors, row, term): (*const f32, usize, usize),
    vectors: *const f32,
    (count, updated): (usize, bool),
    mut sums: [[V::F; N]; R],
) -> [[V::F; N]; R] {
    // SAFETY: the caller vouches for all that the strides reach.
    unsafe {
        for i in 0..count {
            if updated {
                for v in 0..N {
                    prefetch_to_write(vectors.wrapping_add((i + AHEAD) * BLOCK + v * LANES));
                }
            }
            let mut values = [V::zero(); N];
            for v in 0..N {
                values[v] = V::load(vectors.add(i * BLOCK + v * LANES));
            }
            for r in 0..R {
                let factor = V::splat(*factors.add(r * row + i * term));
                for v in 0..N {
                    sums[r][v] = V::fma(factor, values[v], sums[r][v]);
                }
            }
        }
    }
    sums
}

#[inline(always)]
unsafe fn input_tile<V: Vector, const R: usize, const N: usize>(
    task: &Task,
    block: usize,
    image: usize,
    k: usize,
    updated: bool,
) {
    let stride = task.linear.output.image_stride();
    // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's sizes.
    unsafe {
        let mut sums = [[V::zero(); N]; R];
        for r in 0..R {
            sums[r] = task.start::<V, N>(block, image + r, k);
        }
        let factors = task.d_output.add(image * stride);
        let vectors = task.row(block, 0).parameter.add(k);
        let sums =
            chain::<V, R, N>((factors, stride, 1), vectors, (task.linear.out_features(), updated), sums);
        for r in 0..R {
            task.finish::<V, N>(block, image + r, k, &sums[r]);
        }
    }
}

#[inline(always)]
unsafe fn weight_tile<S: Simd, V: Vector, const R: usize, const N: usize>(
    task: &Task,
    block: usize,
    output: usize,
    k: usize,
    tile: *const f32,
) {
    let (rule, inputs) = (task.rule, task.inputs(block));
    // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's sizes;
    // prefetching is a hint.
    unsafe {
        let slot = task.row(block, output);
        for r in 0..R {
            for v in 0..N {
                prefetch_slot(&rule, slot.at(r * BLOCK + k + v * LANES));
            }
        }
        let factors = task.d_output.add(output);
        let stride = task.linear.output.image_stride();
        let sums = [[V::zero(); N]; R];
        let sums = chain::<V, R, N>((factors, 1, stride), tile.add(k), (task.images, false), sums);
        for r in 0..R {
            task.update::<S, V, N>(&rule, inputs, slot.at(r * BLOCK), k, &sums[r]);
        }
    }
}
