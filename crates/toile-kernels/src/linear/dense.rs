//! Gradients of a block of inputs, all terms of them.

use super::BLOCK;
use super::backward::{Task, VECTORS};
use crate::LANES;
use crate::optimizer::prefetch;
use crate::simd::{Simd, versions};

versions! {
    pub(super) fn block_gradients<S>(task: &Task, block: usize, tile: *mut f32) {
        task.gather::<S>(block, tile);
        // Where one vector holds all inputs, more rows instead.
        match (S::WIDE, task.inputs(block) <= LANES) {
            (true, false) => gradients::<S, 6, VECTORS>(task, block, tile),
            (true, true) => gradients::<S, 12, 1>(task, block, tile),
            (false, _) => gradients::<S, 6, 1>(task, block, tile),
        }
    }
}

/// All gradients in tiles of R images or outputs by V vectors.
#[inline(always)]
unsafe fn gradients<S: Simd, const R: usize, const V: usize>(task: &Task, block: usize, tile: *const f32) {
    let (images, outputs) = (task.images, task.linear.out_features());
    // SAFETY: tiles stay inside the images, the outputs and the block.
    unsafe {
        for k in (0..task.inputs(block)).step_by(V * LANES) {
            let mut image = 0;
            while image < images && !task.d_input.is_null() {
                match images - image {
                    left if left >= R => {
                        input_tile::<S, R, V>(task, block, image, k);
                        image += R;
                    }
                    2.. => {
                        input_tile::<S, 2, V>(task, block, image, k);
                        image += 2;
                    }
                    _ => {
                        input_tile::<S, 1, V>(task, block, image, k);
                        image += 1;
                    }
                }
            }
            let mut output = 0;
            while output < outputs {
                match outputs - output {
                    left if left >= R => {
                        weight_tile::<S, R, V>(task, block, output, k, tile);
                        output += R;
                    }
                    2.. => {
                        weight_tile::<S, 2, V>(task, block, output, k, tile);
                        output += 2;
                    }
                    _ => {
                        weight_tile::<S, 1, V>(task, block, output, k, tile);
                        output += 1;
                    }
                }
            }
        }
    }
}

/// R rows by V vectors: a chain over the outputs or images (`count`). Row r's factor of term i is
/// `factors[r * row + i * term]`, the vectors of term i are at `vectors + i * 64`.
#[inline(always)]
unsafe fn chain<S: Simd, const R: usize, const V: usize>(
    (factors, row, term): (*const f32, usize, usize),
    vectors: *const f32,
    count: usize,
    mut sums: [[S::F; V]; R],
) -> [[S::F; V]; R] {
    // SAFETY: the caller vouches for all that the strides reach.
    unsafe {
        for i in 0..count {
            let mut values = [S::zero(); V];
            for v in 0..V {
                values[v] = S::load(vectors.add(i * BLOCK + v * LANES));
            }
            for r in 0..R {
                let factor = S::splat(*factors.add(r * row + i * term));
                for v in 0..V {
                    sums[r][v] = S::fma(factor, values[v], sums[r][v]);
                }
            }
        }
    }
    sums
}

#[inline(always)]
unsafe fn input_tile<S: Simd, const R: usize, const V: usize>(
    task: &Task,
    block: usize,
    image: usize,
    k: usize,
) {
    let stride = task.linear.output.image_stride();
    // SAFETY: the façade's checks.
    unsafe {
        let mut sums = [[S::zero(); V]; R];
        for r in 0..R {
            sums[r] = task.start::<S, V>(block, image + r, k);
        }
        let factors = task.d_output.add(image * stride);
        let vectors = task.row(block, 0).parameter.add(k);
        let sums = chain::<S, R, V>((factors, stride, 1), vectors, task.linear.out_features(), sums);
        for r in 0..R {
            task.finish::<S, V>(block, image + r, k, &sums[r]);
        }
    }
}

#[inline(always)]
unsafe fn weight_tile<S: Simd, const R: usize, const V: usize>(
    task: &Task,
    block: usize,
    output: usize,
    k: usize,
    tile: *const f32,
) {
    let (rule, inputs) = (task.rule, task.inputs(block));
    // SAFETY: the façade's checks; prefetching is a hint.
    unsafe {
        let slot = task.row(block, output);
        for r in 0..R {
            for v in 0..V {
                prefetch::<S>(&rule, slot.at(r * BLOCK + k + v * LANES));
            }
        }
        let factors = task.d_output.add(output);
        let stride = task.linear.output.image_stride();
        let sums = [[S::zero(); V]; R];
        let sums = chain::<S, R, V>((factors, 1, stride), tile.add(k), task.images, sums);
        for r in 0..R {
            task.update::<S, V>(&rule, inputs, slot.at(r * BLOCK), k, &sums[r]);
        }
    }
}
