//! The forward kernel: dot products of image rows with weight rows, a tile of them in registers.
//!
//! Eight outputs at a time, and of these a slice of the inputs: that much of the weight stays in the
//! first-level cache while all images of an item stream past, each read once for all eight. Between slices
//! the sixteen lanes of each sum are put aside.

use std::mem::MaybeUninit;

use super::geometry::{BLOCK, Linear};
use super::task::{Task, store};
use crate::LANES;
use crate::simd::{Simd, Vector, prefetch, prefetch_to_write, versions};

/// Images (at most) and outputs of an item.
const ITEM_IMAGES: usize = 64;
pub(super) const ITEM_OUTPUTS: usize = 16;

/// Where outputs make fewer items than this, there are fewer images in an item: whole tiles of any kernel.
const ITEMS: usize = 8;
const TILES: usize = 24;

/// Products of vectors below which an item is not worth another thread's coming.
const ITEM_PRODUCTS: usize = 2048;

/// Outputs whose weights stay in the cache together, and blocks of a slice: 18 of 32 KB.
const TOGETHER: usize = 8;
const SLICE: usize = 576 / BLOCK;

/// Images of an item.
pub(super) fn item_images(linear: &Linear, images: usize) -> usize {
    let outputs = linear.out_features();
    let items = ITEMS.div_ceil(outputs.div_ceil(ITEM_OUTPUTS));
    // A sum costs its products and about as much as four more.
    let products = outputs.min(ITEM_OUTPUTS) * (linear.in_features().div_ceil(LANES) + 4);
    images.div_ceil(items).max(ITEM_PRODUCTS / products).next_multiple_of(TILES).min(ITEM_IMAGES)
}

/// Adds the products of one vector of inputs, of which there are `lanes`: B images `stride` apart by N
/// outputs.
#[inline(always)]
unsafe fn add_vector<V: Vector, const B: usize, const N: usize>(
    mut sums: [[V::F; N]; B],
    x: *const f32,
    stride: usize,
    lanes: usize,
    w: *const f32,
) -> [[V::F; N]; B] {
    // SAFETY: the caller promises what stands under Safety. Loops rather than closures: a closure is not compiled for
    // the instruction set where it is not inlined.
    unsafe {
        let mut values = [V::zero(); B];
        for b in 0..B {
            let x = x.wrapping_add(b * stride);
            values[b] = if lanes == V::LANES { V::load(x) } else { V::load_first(x, lanes) };
        }
        for n in 0..N {
            let weight = V::load(w.add(n * BLOCK));
            for b in 0..B {
                sums[b][n] = V::fma(values[b], weight, sums[b][n]);
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
    /// So many whole blocks, whole vectors of one more, and lanes of another vector.
    whole: usize,
    rest: usize,
    lanes: usize,
    first: bool,
    last: bool,
}

impl Slice {
    fn end(&self) -> usize {
        self.block + self.whole
    }
}

/// Adds the products of a slice to some lanes, `lane` and those behind it, of the sums of B images by N outputs.
#[inline(always)]
unsafe fn add_slice<S: Simd, V: Vector, const B: usize, const N: usize>(
    task: &Task,
    slice: Slice,
    [image, output]: [usize; 2],
    lane: usize,
    mut sums: [[V::F; N]; B],
    ahead: &mut Ahead,
) -> [[V::F; N]; B] {
    let stride = task.input_stride;
    let block_stride = task.linear.block_stride();
    // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's sizes; whole
    // vectors of zeros fill up the weights.
    unsafe {
        let mut x = task.input.wrapping_add(image * stride + slice.block * BLOCK + lane);
        let mut w = task.weight.add(slice.block * block_stride + output * BLOCK + lane);
        for _ in 0..slice.whole {
            ahead.ask();
            for v in 0..BLOCK / LANES {
                sums = add_vector::<V, B, N>(sums, x.add(v * LANES), stride, V::LANES, w.add(v * LANES));
            }
            x = x.wrapping_add(BLOCK);
            w = w.wrapping_add(block_stride);
        }
        for _ in 0..slice.rest {
            sums = add_vector::<V, B, N>(sums, x, stride, V::LANES, w);
            (x, w) = (x.wrapping_add(LANES), w.wrapping_add(LANES));
        }
        if slice.lanes > lane {
            sums = add_vector::<V, B, N>(sums, x, stride, (slice.lanes - lane).min(V::LANES), w);
        }
    }
    sums
}

/// The sums that a slice goes on from: +0, or what waits at `aside`.
#[inline(always)]
unsafe fn waiting<V: Vector, const B: usize, const N: usize>(
    slice: Slice,
    aside: *const f32,
) -> [[V::F; N]; B] {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        let mut sums = [[V::zero(); N]; B];
        if !slice.first {
            for b in 0..B {
                for n in 0..N {
                    sums[b][n] = V::load(aside.add((b * TOGETHER + n) * LANES));
                }
            }
        }
        sums
    }
}

/// Lets them wait there.
#[inline(always)]
unsafe fn put_aside<V: Vector, const B: usize, const N: usize>(aside: *mut f32, sums: &[[V::F; N]; B]) {
    for b in 0..B {
        for n in 0..N {
            // SAFETY: the caller promises what stands under Safety.
            unsafe { V::store_first(aside.add((b * TOGETHER + n) * LANES), V::LANES, sums[b][n]) };
        }
    }
}

/// B images by N outputs: a slice of their sums. `aside` is where the first image's sum of the first output
/// waits between slices. `odd` stays +0 as long as all sums are finite.
#[inline(always)]
unsafe fn tile<S: Simd, const B: usize, const N: usize>(
    task: &Task,
    slice: Slice,
    [image, output]: [usize; 2],
    aside: *mut f32,
    ahead: &mut Ahead,
    odd: &mut S::F,
) {
    // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's sizes.
    unsafe {
        if S::PARTS && B * N > 4 {
            tile_in_parts::<S, B, N>(task, slice, [image, output], aside, ahead, odd)
        } else {
            whole_tile::<S, B, N>(task, slice, [image, output], aside, ahead, odd)
        }
    }
}

#[inline(always)]
unsafe fn whole_tile<S: Simd, const B: usize, const N: usize>(
    task: &Task,
    slice: Slice,
    [image, output]: [usize; 2],
    aside: *mut f32,
    ahead: &mut Ahead,
    odd: &mut S::F,
) {
    // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's sizes.
    unsafe {
        let sums = waiting::<S, B, N>(slice, aside);
        let sums = add_slice::<S, S, B, N>(task, slice, [image, output], 0, sums, ahead);
        if !slice.last {
            return put_aside::<S, B, N>(aside, &sums);
        }
        for b in 0..B {
            store::<S>(task, image + b, output, S::tree_sums(&sums[b]), N, odd);
        }
    }
}

/// Eight lanes at a time where sixteen take several registers: then twelve sums fit, and 12 products take 7 loads.
/// With all lanes 4 sums would fit, and 8 products take 8.
#[inline(always)]
unsafe fn tile_in_parts<S: Simd, const B: usize, const N: usize>(
    task: &Task,
    slice: Slice,
    [image, output]: [usize; 2],
    aside: *mut f32,
    ahead: &mut Ahead,
    odd: &mut S::F,
) {
    // SAFETY: the checks of `forward` and `backward` have compared the buffers with the layer's sizes.
    unsafe {
        let mut low = waiting::<S::First8, B, N>(slice, aside);
        low = add_slice::<S, S::First8, B, N>(task, slice, [image, output], 0, low, ahead);
        put_aside::<S::First8, B, N>(aside, &low);
        let half = LANES / 2;
        let mut high = waiting::<S::First8, B, N>(slice, aside.add(half));
        high = add_slice::<S, S::First8, B, N>(task, slice, [image, output], half, high, ahead);
        if !slice.last {
            return put_aside::<S::First8, B, N>(aside.add(half), &high);
        }
        for b in 0..B {
            let mut sums = [S::zero(); N];
            for n in 0..N {
                let low = S::First8::load(aside.add((b * TOGETHER + n) * LANES));
                sums[n] = S::join(low, high[b][n]);
            }
            store::<S>(task, image + b, output, S::tree_sums(&sums), N, odd);
        }
    }
}

/// The weights that come after those in use, asked for a few cache lines at a time.
struct Ahead {
    /// Whole blocks, so far apart, of which so many values are wanted.
    block: *const f32,
    block_stride: usize,
    len: usize,
    /// How much of the block has been asked for, how many lines are to be asked for at a time, and how many
    /// are left.
    asked: usize,
    portion: usize,
    left: usize,
    /// Whether they will be written.
    updated: bool,
}

impl Ahead {
    #[inline(always)]
    fn ask(&mut self) {
        let portion = self.portion.min(self.left);
        self.left -= portion;
        for _ in 0..portion {
            let line = self.block.wrapping_add(self.asked);
            if self.updated {
                prefetch_to_write(line)
            } else {
                prefetch(line)
            }
            self.asked += LANES;
            if self.asked == self.len {
                self.asked = 0;
                self.block = self.block.wrapping_add(self.block_stride);
            }
        }
    }
}

/// One slice of up to eight outputs for B images.
#[inline(always)]
unsafe fn outputs_of_images<S: Simd, const B: usize, const N: usize>(
    task: &Task,
    slice: Slice,
    image: usize,
    [first, end]: [usize; 2],
    aside: *mut f32,
    ahead: &mut Ahead,
    odd: &mut S::F,
) {
    let mut n = first;
    while n < end {
        let left = end - n;
        // SAFETY: the caller promises the outputs from `first` to `end`; the match keeps tiles inside them.
        unsafe {
            let aside = aside.add((n - first) * LANES);
            if left >= N {
                tile::<S, B, N>(task, slice, [image, n], aside, ahead, odd);
                n += N;
            } else if N > 4 && left >= 4 {
                tile::<S, B, 4>(task, slice, [image, n], aside, ahead, odd);
                n += 4;
            } else if N > 2 && left >= 2 {
                tile::<S, B, 2>(task, slice, [image, n], aside, ahead, odd);
                n += 2;
            } else {
                tile::<S, B, 1>(task, slice, [image, n], aside, ahead, odd);
                n += 1;
            }
        }
    }
}

/// One slice of up to eight outputs for all images of an item, in tiles of B by N.
#[inline(always)]
unsafe fn outputs_of_item<S: Simd, const B: usize, const N: usize>(
    task: &Task,
    slice: Slice,
    [first, end]: [usize; 2],
    outputs: [usize; 2],
    aside: *mut f32,
    odd: &mut S::F,
) {
    let block_stride = task.linear.block_stride();
    let (block, output) = if slice.last { (task.blocks[0], outputs[1]) } else { (slice.end(), outputs[0]) };
    let (turns, len) = ((end - first).div_ceil(B), (outputs[1] - outputs[0]) * BLOCK);
    let mut ahead = Ahead {
        block: task.weight.wrapping_add(block * block_stride + output * BLOCK),
        block_stride,
        len,
        asked: 0,
        portion: (N * BLOCK / LANES).div_ceil(turns),
        // A lone row streams too fast for hints to help.
        left: if turns == 1 { 0 } else { slice.whole * len / LANES },
        updated: task.updated,
    };
    let mut image = first;
    while image < end {
        // SAFETY: tiles stay inside the images; the sums put aside are those of the item's images.
        unsafe {
            let aside = aside.add((image - first) * TOGETHER * LANES);
            match end - image {
                left if left >= B => {
                    outputs_of_images::<S, B, N>(task, slice, image, outputs, aside, &mut ahead, odd);
                    image += B;
                }
                2.. => {
                    outputs_of_images::<S, 2, N>(task, slice, image, outputs, aside, &mut ahead, odd);
                    image += 2;
                }
                _ => {
                    outputs_of_images::<S, 1, N>(task, slice, image, outputs, aside, &mut ahead, odd);
                    image += 1;
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn item<S: Simd, const B: usize, const N: usize>(
    task: &Task,
    images: [usize; 2],
    outputs: [usize; 2],
) -> bool {
    let mut aside = MaybeUninit::<[f32; ITEM_IMAGES * TOGETHER * LANES]>::uninit();
    let aside = aside.as_mut_ptr().cast::<f32>();
    let [first, end] = task.blocks;
    let whole = end - first;
    // SAFETY: `aside` has room for all images and outputs.
    unsafe {
        let mut odd = S::zero();
        for start in (outputs[0]..outputs[1]).step_by(TOGETHER) {
            let end = outputs[1].min(start + TOGETHER);
            // One row of tiles reads each weight once: nothing to keep.
            let lone = images[1] - images[0] <= B;
            let slices = if lone { 1 } else { (whole * (end - start)).div_ceil(SLICE * TOGETHER).max(1) };
            for i in 0..slices {
                let [block, next] = [i, i + 1].map(|i| first + whole * i / slices);
                let last = i + 1 == slices;
                let rest = if last { task.rest } else { 0 };
                let (rest, lanes) = (rest / LANES, rest % LANES);
                let slice = Slice { block, whole: next - block, rest, lanes, first: i == 0, last };
                outputs_of_item::<S, B, N>(task, slice, images, [start, end], aside, &mut odd);
            }
        }
        S::tree_sum(odd) == 0.0
    }
}

versions! {
    /// Some outputs of some images. Returns whether all sums are finite.
    pub(super) fn products<S>(task: &Task, images: [usize; 2], outputs: [usize; 2]) -> bool {
        if outputs[1] - outputs[0] == 1 {
            // One sum an image: more images at a time.
            if S::WIDE { item::<S, 8, 1>(task, images, outputs) } else { item::<S, 4, 1>(task, images, outputs) }
        } else if S::WIDE {
            item::<S, 3, 8>(task, images, outputs)
        } else {
            item::<S, 3, 4>(task, images, outputs)
        }
    }
}
