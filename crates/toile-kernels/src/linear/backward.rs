//! Backward, a block of 64 inputs at a time: input gradient with the old weight, weight gradient, and
//! the update while the block is in the cache. The weight gradient never reaches memory.

use super::{BLOCK, Linear};
use crate::LANES;
use crate::optimizer::{Parameter, Rule, Slot, apply};
use crate::simd::{Simd, versions};
use crate::team::Team;

/// Arguments of [`backward`].
#[derive(Debug)]
pub struct Backward<'a> {
    /// The geometry.
    pub linear: Linear,
    /// Number of images.
    pub images: usize,
    /// What went in.
    pub input: &'a [f32],
    /// Gradient of the product plus bias (ReLU and dropout already taken back).
    pub d_output: &'a [f32],
    /// Gradient of what went in, if somebody wants it.
    pub d_input: Option<InputGradient<'a>>,
    /// The update of this step.
    pub rule: Rule,
    /// The packed weight with its states.
    pub weight: Parameter<'a>,
    /// The bias with its states.
    pub bias: Option<Parameter<'a>>,
}

/// Where the input gradient goes.
#[derive(Debug)]
pub struct InputGradient<'a> {
    /// In the input's layout.
    pub values: &'a mut [f32],
    /// Add to what is there instead of overwriting it.
    pub accumulate: bool,
}

/// Blocks of inputs are the items of the team, the bias one more.
pub fn backward(team: &mut Team, args: Backward<'_>) {
    let Backward { linear, images, input, d_output, d_input, rule, mut weight, mut bias } = args;
    linear.check();
    let outputs = linear.out_features();
    assert!(input.len() >= linear.input.buffer_len(images), "input");
    assert!(d_output.len() >= linear.output.buffer_len(images), "output gradient");
    let weight = weight.slot(&rule, linear.weight_len(), "the packed weight");
    let bias = bias.as_mut().map(|bias| bias.slot(&rule, outputs, "the bias"));
    let mut accumulate = false;
    let d_input = d_input.map_or(std::ptr::null_mut(), |d| {
        assert!(d.values.len() >= linear.input.buffer_len(images), "input gradient");
        accumulate = d.accumulate;
        d.values.as_mut_ptr()
    });
    let isa = team.isa();
    let task = Task {
        linear,
        images,
        input: input.as_ptr(),
        d_output: d_output.as_ptr(),
        d_input,
        accumulate,
        rule,
        weight,
    };
    let blocks = linear.blocks();
    team.for_each(blocks + usize::from(bias.is_some()), |_, item| {
        // SAFETY: lengths are checked above; an item reads and writes its own block of inputs.
        unsafe {
            match bias {
                Some(bias) if item == blocks => bias_gradient(isa, &task, bias),
                _ => block_gradients(isa, &task, item),
            }
        }
    });
}

struct Task {
    linear: Linear,
    images: usize,
    input: *const f32,
    d_output: *const f32,
    d_input: *mut f32,
    accumulate: bool,
    rule: Rule,
    weight: Slot,
}

// SAFETY: items read what they share and write disjoint places (see the façade).
unsafe impl Sync for Task {}

versions! {
    fn block_gradients<S>(task: &Task, block: usize) {
        if S::WIDE {
            input_gradient::<S, 6, 4>(task, block);
            weight_gradient::<S, 6, 4>(task, block);
        } else {
            input_gradient::<S, 3, 2>(task, block);
            weight_gradient::<S, 3, 2>(task, block);
        }
    }
}

/// R rows by V vectors: a chain over the outputs (`count`) or images. Row r's factor of term i is
/// `factors[r * row + i * term]`, the vectors of term i are at `vectors + i * step`.
#[inline(always)]
unsafe fn chain<S: Simd, const R: usize, const V: usize>(
    factors: *const f32,
    row: usize,
    term: usize,
    vectors: *const f32,
    step: usize,
    count: usize,
    mut sums: [[S::F; V]; R],
) -> [[S::F; V]; R] {
    // SAFETY: the caller vouches for all that the strides reach.
    unsafe {
        for i in 0..count {
            let mut values = [S::zero(); V];
            for v in 0..V {
                values[v] = S::load(vectors.add(i * step + v * LANES));
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
    let linear = &task.linear;
    let (outputs, stride) = (linear.out_features(), linear.output.image_stride());
    // SAFETY: the façade's checks.
    unsafe {
        let to = task.d_input.add(image * linear.input.image_stride() + block * BLOCK + k);
        let left = linear.in_features() - block * BLOCK - k;
        let lanes = |v: usize| left.saturating_sub(v * LANES).min(LANES);
        let mut sums = [[S::zero(); V]; R];
        if task.accumulate {
            for r in 0..R {
                for v in 0..V {
                    sums[r][v] = S::load_first(
                        to.add(r * linear.input.image_stride()).wrapping_add(v * LANES),
                        lanes(v),
                    );
                }
            }
        }
        let factors = task.d_output.add(image * stride);
        let vectors = task.weight.parameter.add(block * linear.block_stride() + k);
        let sums = chain::<S, R, V>(factors, stride, 1, vectors, BLOCK, outputs, sums);
        for r in 0..R {
            for v in 0..V {
                let to = to.add(r * linear.input.image_stride()).wrapping_add(v * LANES);
                S::store_first(to, lanes(v), sums[r][v]);
            }
        }
    }
}

#[inline(always)]
unsafe fn input_gradient<S: Simd, const R: usize, const V: usize>(task: &Task, block: usize) {
    if task.d_input.is_null() {
        return;
    }
    let inputs = (task.linear.in_features() - block * BLOCK).min(BLOCK);
    // SAFETY: tiles stay inside the images and the block.
    unsafe {
        let mut k = 0;
        while k < inputs {
            let mut image = 0;
            while image < task.images {
                if task.images - image >= R {
                    input_tile::<S, R, V>(task, block, image, k);
                    image += R;
                } else {
                    input_tile::<S, 1, V>(task, block, image, k);
                    image += 1;
                }
            }
            k += V * LANES;
        }
    }
}

#[inline(always)]
unsafe fn weight_tile<S: Simd, const R: usize, const V: usize>(
    task: &Task,
    block: usize,
    output: usize,
    k: usize,
) {
    let linear = &task.linear;
    let left = linear.in_features().next_multiple_of(LANES) - block * BLOCK - k;
    // SAFETY: the façade's checks. Where the inputs end inside the tile, vectors past them are not read.
    unsafe {
        let factors = task.d_output.add(output);
        let stride = linear.output.image_stride();
        let vectors = task.input.add(block * BLOCK + k);
        let step = linear.input.image_stride();
        let slot = task.weight.at(block * linear.block_stride() + output * BLOCK + k);
        if left >= V * LANES {
            let sums = chain::<S, R, V>(factors, 1, stride, vectors, step, task.images, [[S::zero(); V]; R]);
            for r in 0..R {
                for v in 0..V {
                    apply::<S>(&task.rule, sums[r][v], slot.at(r * BLOCK + v * LANES), LANES);
                }
            }
        } else {
            for v in 0..left / LANES {
                let vectors = vectors.add(v * LANES);
                let sums =
                    chain::<S, R, 1>(factors, 1, stride, vectors, step, task.images, [[S::zero(); 1]; R]);
                for r in 0..R {
                    apply::<S>(&task.rule, sums[r][0], slot.at(r * BLOCK + v * LANES), LANES);
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn weight_gradient<S: Simd, const R: usize, const V: usize>(task: &Task, block: usize) {
    let outputs = task.linear.out_features();
    let inputs = (task.linear.in_features() - block * BLOCK).min(BLOCK);
    // SAFETY: tiles stay inside the outputs and the block.
    unsafe {
        let mut k = 0;
        while k < inputs {
            let mut output = 0;
            while output < outputs {
                if outputs - output >= R {
                    weight_tile::<S, R, V>(task, block, output, k);
                    output += R;
                } else {
                    weight_tile::<S, 1, V>(task, block, output, k);
                    output += 1;
                }
            }
            k += V * LANES;
        }
    }
}

versions! {
    fn bias_gradient<S>(task: &Task, bias: Slot) {
        let (outputs, stride) = (task.linear.out_features(), task.linear.output.image_stride());
        let mut first = 0;
        while first < outputs {
            let lanes = (outputs - first).min(LANES);
            let mut sum = S::zero();
            for image in 0..task.images {
                sum = S::add(sum, S::load_first(task.d_output.add(image * stride + first), lanes));
            }
            apply::<S>(&task.rule, sum, bias.at(first), lanes);
            first += LANES;
        }
    }
}
