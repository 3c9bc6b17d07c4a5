//! Forward: dot products of image rows with weight rows, a tile of them in registers.

use super::{BLOCK, Linear};
use crate::LANES;
use crate::simd::{Simd, versions};
use crate::team::Team;

/// Arguments of [`forward`].
#[derive(Debug)]
pub struct Forward<'a> {
    /// The geometry.
    pub linear: Linear,
    /// Number of images.
    pub images: usize,
    /// Input features.
    pub input: &'a [f32],
    /// Packed weight.
    pub weight: &'a [f32],
    /// A value an output.
    pub bias: Option<&'a [f32]>,
    /// Dropout: 0 or the scale for each value, laid out as the output.
    pub mask: Option<&'a [f32]>,
    /// Output features.
    pub output: &'a mut [f32],
}

/// Images and outputs of an item.
const ITEM_IMAGES: usize = 64;
const ITEM_OUTPUTS: usize = 24;

/// Blocks of images by blocks of outputs are the items of the team.
pub fn forward(team: &mut Team, args: Forward<'_>) {
    let Forward { linear, images, input, weight, bias, mask, output } = args;
    linear.check();
    let outputs = linear.out_features();
    assert!(input.len() >= linear.input.buffer_len(images), "input");
    assert!(output.len() >= linear.output.buffer_len(images), "output");
    assert_eq!(weight.len(), linear.weight_len(), "packed weight");
    assert!(bias.is_none_or(|b| b.len() == outputs), "bias");
    assert!(mask.is_none_or(|m| m.len() >= linear.output.buffer_len(images)), "mask");
    let isa = team.isa();
    let task = Task {
        linear,
        inputs: linear.in_features().next_multiple_of(LANES),
        input: input.as_ptr(),
        weight: weight.as_ptr(),
        bias: bias.map_or(std::ptr::null(), <[f32]>::as_ptr),
        mask: mask.map_or(std::ptr::null(), <[f32]>::as_ptr),
        output: output.as_mut_ptr(),
    };
    let columns = outputs.div_ceil(ITEM_OUTPUTS);
    team.for_each(images.div_ceil(ITEM_IMAGES) * columns, |_, item| {
        let first_image = item / columns * ITEM_IMAGES;
        let first_output = item % columns * ITEM_OUTPUTS;
        let image_range = [first_image, images.min(first_image + ITEM_IMAGES)];
        let output_range = [first_output, outputs.min(first_output + ITEM_OUTPUTS)];
        // SAFETY: lengths are checked above; items write disjoint outputs.
        unsafe { products(isa, &task, image_range, output_range) }
    });
}

struct Task {
    linear: Linear,
    /// Inputs, filled up to whole vectors.
    inputs: usize,
    input: *const f32,
    weight: *const f32,
    bias: *const f32,
    mask: *const f32,
    output: *mut f32,
}

// SAFETY: items read what they share and write disjoint places (see the façade).
unsafe impl Sync for Task {}

/// B images by N outputs.
#[inline(always)]
unsafe fn tile<S: Simd, const B: usize, const N: usize>(task: &Task, image: usize, first: usize) {
    let stride = task.linear.input.image_stride();
    let outputs = task.linear.out_features();
    // SAFETY: the façade's checks; whole vectors of zeros fill up inputs and weights.
    unsafe {
        let mut sums = [[S::zero(); N]; B];
        let x = task.input.add(image * stride);
        let mut done = 0;
        while done < task.inputs {
            let block = (task.inputs - done).min(BLOCK);
            let w = task.weight.add(done * outputs + first * BLOCK);
            let mut k = 0;
            while k < block {
                let mut weights = [S::zero(); N];
                for n in 0..N {
                    weights[n] = S::load(w.add(n * BLOCK + k));
                }
                for b in 0..B {
                    let value = S::load(x.add(b * stride + done + k));
                    for n in 0..N {
                        sums[b][n] = S::fma(value, weights[n], sums[b][n]);
                    }
                }
                k += LANES;
            }
            done += block;
        }
        for b in 0..B {
            for n in 0..N {
                let at = (image + b) * task.linear.output.image_stride() + first + n;
                let mut y = S::tree_sum(sums[b][n]);
                if !task.bias.is_null() {
                    y += *task.bias.add(first + n);
                }
                if task.linear.relu && 0.0 > y {
                    y = 0.0;
                }
                if !task.mask.is_null() {
                    let mask = *task.mask.add(at);
                    y = if mask == 0.0 { 0.0 } else { y * mask };
                }
                *task.output.add(at) = y;
            }
        }
    }
}

#[inline(always)]
unsafe fn rows<S: Simd, const B: usize, const N: usize>(
    task: &Task,
    images: [usize; 2],
    outputs: [usize; 2],
) {
    // SAFETY: tiles stay inside the ranges.
    unsafe {
        let mut n = outputs[0];
        while n < outputs[1] {
            let wide = outputs[1] - n >= N;
            let mut b = images[0];
            while b < images[1] {
                match (wide, images[1] - b >= B) {
                    (true, true) => tile::<S, B, N>(task, b, n),
                    (true, false) => tile::<S, 1, N>(task, b, n),
                    (false, true) => tile::<S, B, 1>(task, b, n),
                    (false, false) => tile::<S, 1, 1>(task, b, n),
                }
                b += if images[1] - b >= B { B } else { 1 };
            }
            n += if wide { N } else { 1 };
        }
    }
}

versions! {
    fn products<S>(task: &Task, images: [usize; 2], outputs: [usize; 2]) {
        if S::WIDE {
            rows::<S, 4, 6>(task, images, outputs);
        } else {
            rows::<S, 2, 3>(task, images, outputs);
        }
    }
}
