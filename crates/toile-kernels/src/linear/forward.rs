//! Forward: dot products of image rows with weight rows, a tile of them in registers.
//!
//! Eight outputs at a time, and of these a slice of the inputs: that much of the weight stays in the
//! first-level cache while all images of an item stream past. Between slices the sixteen lanes of each sum
//! are put aside.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering};

use super::few_inputs::products_of_few;
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
const ITEM_OUTPUTS: usize = 16;

/// Outputs whose weights stay in the cache together, and blocks of a slice: 18 of 32 KB.
const TOGETHER: usize = 8;
const SLICE: usize = 576 / BLOCK;

/// Blocks of images by blocks of outputs are the items of the team. Returns whether all sums (before ReLU
/// and dropout) are finite; if so, all inputs and weights are, because a product with anything else is not.
pub fn forward(team: &mut Team, args: Forward<'_>) -> bool {
    let Forward { linear, images, input, weight, bias, mask, output } = args;
    linear.check();
    let outputs = linear.out_features();
    assert!(input.len() >= linear.input.buffer_len(images), "input");
    assert!(output.len() >= linear.output.buffer_len(images), "output");
    assert_eq!(weight.len(), linear.weight_len(), "packed weight");
    assert!(bias.is_none_or(|b| b.len() == outputs), "bias");
    assert!(mask.is_none_or(|m| m.len() >= linear.output.buffer_len(images)), "mask");
    let isa = team.isa();
    let finite = AtomicBool::new(true);
    let task = Task {
        linear,
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
        let is_finite = unsafe {
            if linear.has_few_inputs(images) {
                products_of_few(isa, &task, image_range, output_range)
            } else {
                products(isa, &task, image_range, output_range)
            }
        };
        if !is_finite {
            finite.store(false, Ordering::Relaxed);
        }
    });
    finite.into_inner()
}

pub(super) struct Task {
    pub(super) linear: Linear,
    pub(super) input: *const f32,
    pub(super) weight: *const f32,
    bias: *const f32,
    mask: *const f32,
    output: *mut f32,
}

// SAFETY: items read what they share and write disjoint places (see the façade).
unsafe impl Sync for Task {}

/// Adds the products of one vector of inputs: B images `stride` apart by N outputs.
#[inline(always)]
unsafe fn add_vector<S: Simd, const B: usize, const N: usize>(
    mut sums: [[S::F; N]; B],
    x: *const f32,
    stride: usize,
    w: *const f32,
) -> [[S::F; N]; B] {
    // SAFETY: the caller's promise. Loops rather than closures: a closure is not compiled for the
    // instruction set where it is not inlined.
    unsafe {
        let mut values = [S::zero(); B];
        for b in 0..B {
            values[b] = S::load(x.add(b * stride));
        }
        for n in 0..N {
            let weight = S::load(w.add(n * BLOCK));
            for b in 0..B {
                sums[b][n] = S::fma(values[b], weight, sums[b][n]);
            }
        }
    }
    sums
}

/// A slice of the inputs for some outputs.
#[derive(Clone, Copy)]
struct Slice {
    /// From this block on.
    block: usize,
    /// So many whole blocks, and vectors of one more.
    whole: usize,
    rest: usize,
    first: bool,
    last: bool,
}

impl Slice {
    fn end(&self) -> usize {
        self.block + self.whole
    }
}

/// B images by N outputs: a slice of their sums. `aside` is where the first image's sum of the first output
/// waits between slices. Returns whether all sums are finite.
#[inline(always)]
unsafe fn tile<S: Simd, const B: usize, const N: usize>(
    task: &Task,
    slice: Slice,
    image: usize,
    output: usize,
    aside: *mut f32,
    ahead: &mut Ahead,
) -> bool {
    let stride = task.linear.input.image_stride();
    let block_stride = task.linear.block_stride();
    // SAFETY: the façade's checks; whole vectors of zeros fill up inputs and weights.
    unsafe {
        let mut sums = [[S::zero(); N]; B];
        if !slice.first {
            for b in 0..B {
                for n in 0..N {
                    sums[b][n] = S::load(aside.add((b * TOGETHER + n) * LANES));
                }
            }
        }
        let mut x = task.input.add(image * stride + slice.block * BLOCK);
        let mut w = task.weight.add(slice.block * block_stride + output * BLOCK);
        for _ in 0..slice.whole {
            ahead.ask::<S>();
            for v in 0..BLOCK / LANES {
                sums = add_vector::<S, B, N>(sums, x.add(v * LANES), stride, w.add(v * LANES));
            }
            x = x.add(BLOCK);
            w = w.wrapping_add(block_stride);
        }
        for v in 0..slice.rest {
            sums = add_vector::<S, B, N>(sums, x.add(v * LANES), stride, w.add(v * LANES));
        }
        let mut finite = true;
        for b in 0..B {
            if slice.last {
                finite &= store::<S>(task, image + b, output, S::tree_sums(&sums[b]), N);
            } else {
                for n in 0..N {
                    S::store(aside.add((b * TOGETHER + n) * LANES), sums[b][n]);
                }
            }
        }
        finite
    }
}

/// Bias, ReLU and dropout of `n` outputs of an image. Returns whether all sums are finite.
#[inline(always)]
pub(super) unsafe fn store<S: Simd>(task: &Task, image: usize, output: usize, sums: S::F, n: usize) -> bool {
    let at = image * task.linear.output.image_stride() + output;
    // SAFETY: the façade's checks.
    unsafe {
        let mut y = sums;
        if !task.bias.is_null() {
            y = S::add(y, S::load_first(task.bias.add(output), n));
        }
        let finite = S::tree_sum(S::sub(y, y)) == 0.0;
        if task.linear.relu {
            y = S::relu(y);
        }
        if !task.mask.is_null() {
            let mask = S::load_first(task.mask.add(at), n);
            let zero = S::zero();
            y = S::select(S::eq(mask, zero), zero, S::mul(y, mask));
        }
        S::store_first(task.output.add(at), n, y);
        finite
    }
}

/// The weights that come after those in use, asked for a few cache lines at a time.
struct Ahead {
    /// Whole blocks, so far apart, of which so many values are wanted.
    block: *const f32,
    block_stride: usize,
    len: usize,
    /// How much of the block has been asked for, and how many lines are to be asked for at a time.
    asked: usize,
    portion: usize,
}

impl Ahead {
    #[inline(always)]
    fn ask<S: Simd>(&mut self) {
        for _ in 0..self.portion {
            // SAFETY: a hint; whoever holds `S` may use its instructions.
            unsafe { S::prefetch(self.block.wrapping_add(self.asked)) };
            self.asked += LANES;
            if self.asked == self.len {
                self.asked = 0;
                self.block = self.block.wrapping_add(self.block_stride);
            }
        }
    }
}

/// One slice for all images of an item and N outputs.
#[inline(always)]
unsafe fn images<S: Simd, const B: usize, const N: usize>(
    task: &Task,
    slice: Slice,
    [first, end]: [usize; 2],
    output: usize,
    aside: *mut f32,
) -> bool {
    let block_stride = task.linear.block_stride();
    let after = if slice.last { (output + N) * BLOCK } else { slice.end() * block_stride + output * BLOCK };
    let tiles = (end - first).div_ceil(B);
    let mut ahead = Ahead {
        block: task.weight.wrapping_add(after),
        block_stride,
        len: N * BLOCK,
        asked: 0,
        // A lone tile streams too fast for hints to help.
        portion: if tiles == 1 { 0 } else { (N * BLOCK / LANES).div_ceil(tiles) },
    };
    let mut finite = true;
    let mut image = first;
    while image < end {
        // SAFETY: tiles stay inside the images; the sums put aside are those of the item's images.
        unsafe {
            let aside = aside.add((image - first) * TOGETHER * LANES);
            match end - image {
                left if left >= B => {
                    finite &= tile::<S, B, N>(task, slice, image, output, aside, &mut ahead);
                    image += B;
                }
                2.. => {
                    finite &= tile::<S, 2, N>(task, slice, image, output, aside, &mut ahead);
                    image += 2;
                }
                _ => {
                    finite &= tile::<S, 1, N>(task, slice, image, output, aside, &mut ahead);
                    image += 1;
                }
            }
        }
    }
    finite
}

#[inline(always)]
unsafe fn item<S: Simd, const B: usize, const N: usize>(
    task: &Task,
    range: [usize; 2],
    outputs: [usize; 2],
) -> bool {
    let mut aside = MaybeUninit::<[f32; ITEM_IMAGES * TOGETHER * LANES]>::uninit();
    let aside = aside.as_mut_ptr().cast::<f32>();
    let inputs = task.linear.in_features();
    let whole = inputs / BLOCK;
    // One tile of images reads each weight once: nothing to keep.
    let slices = if range[1] - range[0] <= B { 1 } else { whole.div_ceil(SLICE).max(1) };
    let mut finite = true;
    let mut start = outputs[0];
    while start < outputs[1] {
        let end = outputs[1].min(start + TOGETHER);
        for i in 0..slices {
            let [block, next] = [i, i + 1].map(|i| whole * i / slices);
            let last = i + 1 == slices;
            let rest = if last { (inputs % BLOCK).div_ceil(LANES) } else { 0 };
            let slice = Slice { block, whole: next - block, rest, first: i == 0, last };
            let mut n = start;
            while n < end {
                let left = end - n;
                // SAFETY: tiles stay inside the outputs; `aside` has room for all images and outputs.
                unsafe {
                    let aside = aside.add((n - start) * LANES);
                    if left >= N {
                        finite &= images::<S, B, N>(task, slice, range, n, aside);
                        n += N;
                    } else if N > 4 && left >= 4 {
                        finite &= images::<S, B, 4>(task, slice, range, n, aside);
                        n += 4;
                    } else if N > 2 && left >= 2 {
                        finite &= images::<S, B, 2>(task, slice, range, n, aside);
                        n += 2;
                    } else {
                        finite &= images::<S, B, 1>(task, slice, range, n, aside);
                        n += 1;
                    }
                }
            }
        }
        start = end;
    }
    finite
}

versions! {
    fn products<S>(task: &Task, images: [usize; 2], outputs: [usize; 2]) -> bool {
        if outputs[1] - outputs[0] == 1 {
            // One sum an image: more images at a time.
            if S::WIDE { item::<S, 8, 1>(task, images, outputs) } else { item::<S, 4, 1>(task, images, outputs) }
        } else if S::WIDE {
            item::<S, 3, 8>(task, images, outputs)
        } else {
            item::<S, 3, 2>(task, images, outputs)
        }
    }
}
