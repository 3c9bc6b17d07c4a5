//! Backward. First the gradient goes back through dropout and activation, lists of what is not zero are made, and
//! the bias is updated, some outputs at a time. Then, a block of 64 inputs at a time: input gradient with
//! the old weight, weight gradient, and the update while the block is in the cache. The weight gradient
//! never reaches memory. A layer of fewer blocks than threads is shared out within its blocks: all input
//! gradients, and when those have read the old weight, the updates.
//!
//! Where enough of the output gradient is zero, by the first images as well, terms with a zero are skipped. That cannot be seen in the
//! result: for finite factors such a term is a zero, which changes at most the sign of a sum that is zero,
//! and each sum ends by adding +0. Where an input or a weight is not finite, nothing is skipped.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::block::{Part, Task};
use super::finish::drop_out;
use super::geometry::Linear;
use super::scratch::{Lists, Scratch};
use super::table::{self, Gradient};
use crate::LANES;
use crate::activation::OfRows;
use crate::isa::Isa;
use crate::layout::product;
use crate::optimizer::{Parameter, Rule, Slot, apply};
use crate::simd::versions;
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
    /// What came out; only read where ReLU follows.
    pub output: &'a [f32],
    /// What went into the activation, where its gradient needs that ([`Linear::before_len`]).
    pub before: Option<&'a [f32]>,
    /// The dropout mask of the forward pass.
    pub mask: Option<&'a [f32]>,
    /// Gradient of what came out. It becomes that of the product plus bias.
    pub d_output: &'a mut [f32],
    /// Gradient of what went in, if somebody wants it.
    pub d_input: Option<InputGradient<'a>>,
    /// Whether all inputs and weights are known to be finite, as [`forward`](super::forward) tells.
    pub finite: bool,
    /// The packed weight. Of a frozen one no gradient is made.
    pub weight: Parameter<'a>,
    /// The bias, where there is one.
    pub bias: Option<Parameter<'a>>,
    /// Made for this layer, at least as many images and threads.
    pub scratch: &'a mut Scratch,
}

/// Where the input gradient goes.
#[derive(Debug)]
pub struct InputGradient<'a> {
    /// In the input's layout.
    pub values: &'a mut [f32],
    /// Add to what is there instead of overwriting it.
    pub accumulate: bool,
}

/// Products from which on a block is worth several threads.
const SPLIT: usize = 1 << 16;

/// Images whose input gradients are then an item.
const PART_IMAGES: usize = 24;

/// Groups of outputs, then blocks of inputs are the items of the team; or parts of them, where there are
/// fewer blocks than threads.
pub fn backward(team: &mut Team, args: Backward<'_>) {
    args.check();
    let Backward { linear, images, input, output, before, mask, d_output, d_input, finite, .. } = args;
    let (mut weight, mut bias, scratch) = (args.weight, args.bias, args.scratch);
    let rule = weight.rule;
    let weight = weight.slot(linear.weight_len(), "the packed weight");
    let bias = bias.as_mut().map(|bias| (bias.slot(linear.out_features(), "the bias"), bias.rule));
    let (lists, tiles) = scratch.parts(&linear, images, team.threads());
    let isa = team.isa();
    let head = Head {
        linear,
        images,
        output: if linear.relu() { output.as_ptr() } else { std::ptr::null() },
        mask: mask.map_or(std::ptr::null(), <[f32]>::as_ptr),
        rows: OfRows::new(isa, linear.activation),
        before: before.unwrap_or_default().as_ptr(),
        d_output: d_output.as_mut_ptr(),
        bias,
        lists,
        listed: table::is_listed(&linear, finite),
    };
    let (live, all_listed) = (AtomicUsize::new(0), AtomicBool::new(true));
    team.for_each(lists.groups, |_, group| {
        // SAFETY: `check` has compared the lengths; an item has its own outputs and lists.
        match unsafe { head.list(isa, group) } {
            Some(listed) => _ = live.fetch_add(listed, Ordering::Relaxed),
            None => all_listed.store(false, Ordering::Relaxed),
        }
    });
    let live = all_listed.into_inner().then_some(live.into_inner());
    let kernel = table::gradients(Gradient { values: product([images, linear.out_features()]), live });
    let accumulate = d_input.as_ref().is_some_and(|d| d.accumulate);
    let task = Task {
        linear,
        images,
        input: input.as_ptr(),
        d_output: d_output.as_ptr(),
        d_input: d_input.map_or(std::ptr::null_mut(), |d| d.values.as_mut_ptr()),
        accumulate,
        rule,
        weight,
        lists,
    };
    share_out_blocks(team, &task, |thread, part| {
        // SAFETY: `check` has compared the lengths; a part reads and writes its own values, a thread its own
        // tile.
        unsafe { kernel(isa, &task, part, tiles.at(thread * lists.tile_len())) }
    });
}

impl Backward<'_> {
    /// Panics where a buffer is too short for the geometry, or one is missing.
    fn check(&self) {
        let Backward { linear, images, .. } = *self;
        linear.check();
        let (inputs, outputs) = (linear.input.buffer_len(images), linear.output.buffer_len(images));
        assert!(self.input.len() >= inputs, "input");
        assert!(!linear.relu() || self.output.len() >= outputs, "output");
        assert!(self.mask.is_none_or(|m| m.len() >= outputs), "mask");
        assert!(self.d_output.len() >= outputs, "output gradient");
        let before = self.before.unwrap_or_default();
        assert!(before.len() >= linear.before_len(images), "what went into the activation");
        if let Some(d) = &self.d_input {
            assert!(d.values.len() >= inputs, "input gradient");
        }
    }
}

/// Calls `gradients(thread, part)` for parts that together are all blocks.
fn share_out_blocks(team: &mut Team, task: &Task, gradients: impl Fn(usize, Part) + Sync) {
    let Task { linear, images, lists, .. } = *task;
    let blocks = linear.blocks();
    // Of a frozen weight, no group has an update.
    let groups = if task.rule == Rule::Frozen { 0 } else { lists.groups };
    if task.d_input.is_null() && groups == 0 {
        return;
    }
    if !is_split(&linear, images, team.threads()) {
        team.for_each(blocks, |thread, block| {
            gradients(thread, Part { block, images: [0, images], groups: [0, groups] });
        });
        return;
    }
    // In rounds of their own: here another thread's update could come before this one reads the weight.
    if !task.d_input.is_null() {
        let parts = images.div_ceil(PART_IMAGES);
        team.for_each(blocks * parts, |thread, item| {
            let (block, first) = (item / parts, item % parts * PART_IMAGES);
            let images = [first, images.min(first + PART_IMAGES)];
            gradients(thread, Part { block, images, groups: [0, 0] });
        });
    }
    team.for_each(blocks * groups, |thread, item| {
        let (block, group) = (item / groups, item % groups);
        gradients(thread, Part { block, images: [0, 0], groups: [group, group + 1] });
    });
}

/// Whether there are threads for more than a block each, and work for them.
fn is_split(linear: &Linear, images: usize, threads: usize) -> bool {
    let inputs = linear.in_features().next_multiple_of(LANES);
    linear.blocks() < threads && product([images, linear.out_features(), inputs]) >= SPLIT
}

struct Head {
    linear: Linear,
    images: usize,
    output: *const f32,
    mask: *const f32,
    /// An activation other than ReLU, and what went into it.
    rows: Option<OfRows>,
    before: *const f32,
    d_output: *mut f32,
    /// With its update.
    bias: Option<(Slot, Rule)>,
    lists: Lists,
    /// Whether lists are wanted.
    listed: bool,
}

// SAFETY: items only read what they share, and `backward` gives each places of its own to write.
unsafe impl Sync for Head {}

impl Head {
    /// As [`list`], for any activation.
    ///
    /// # Safety
    /// The pointers are valid for the batch; nobody else touches the group's gradients, biases and lists.
    unsafe fn list(&self, isa: Isa, group: usize) -> Option<usize> {
        // SAFETY: the caller promises what stands under Safety.
        unsafe {
            let Some(rows) = self.rows else { return list(isa, self, group) };
            self.take_back(isa, rows, group);
            // Nothing is left to go back through.
            list(isa, &Head { mask: std::ptr::null(), ..*self }, group)
        }
    }

    /// Takes a group's gradients back through dropout and an activation other than ReLU.
    ///
    /// # Safety
    /// As for [`Head::list`].
    unsafe fn take_back(&self, isa: Isa, rows: OfRows, group: usize) {
        let [first, end] = self.lists.outputs(group, self.linear.out_features());
        for image in 0..self.images {
            let at = image * self.linear.output.image_stride() + first;
            // SAFETY: the caller promises what stands under Safety; the group's outputs lie side by side in each
            // image.
            unsafe {
                let d = self.d_output.add(at);
                if !self.mask.is_null() {
                    let mask = std::slice::from_raw_parts(self.mask.add(at), end - first);
                    drop_out(isa, mask, std::slice::from_raw_parts_mut(d, end - first));
                }
                rows.backward_in_place(self.before.add(at), d, end - first);
            }
        }
    }
}

versions! {
    /// One group of outputs: their gradients, biases and, if wanted, lists. Returns how many gradients are
    /// listed, if all that are not zero are.
    fn list<S>(head: &Head, group: usize) -> Option<usize> {
        let Head { linear, images, lists, .. } = head;
        let (outputs, stride) = (linear.out_features(), linear.output.image_stride());
        let [first, end] = lists.outputs(group, outputs);
        let mut sums = [S::zero(); Lists::MOST / LANES];
        let (mut listed, mut live) = (head.listed, 0);
        for output in first..end {
            *lists.output_count(output) = 0;
        }
        for image in 0..*images {
            let (indices, values) = lists.of_image(group, image);
            let mut count = 0;
            for (v, sum) in sums.iter_mut().enumerate().take((end - first).div_ceil(LANES)) {
                let n = first + v * LANES;
                let lanes = (end - n).min(LANES);
                let at = image * stride + n;
                let mut d = S::load_first(head.d_output.add(at), lanes);
                if !head.mask.is_null() {
                    let mask = S::load_first(head.mask.add(at), lanes);
                    d = S::select(S::eq(mask, S::zero()), S::zero(), S::mul(d, mask));
                }
                if !head.output.is_null() {
                    let cut = S::le(S::load_first(head.output.add(at), lanes), S::zero());
                    d = S::select(cut, S::zero(), d);
                }
                if !head.mask.is_null() || !head.output.is_null() {
                    S::store_first(head.d_output.add(at), lanes, d);
                }
                *sum = S::add(*sum, d);
                if !listed {
                    continue;
                }
                let alive = S::ne(d, S::zero());
                // At most v * 16 entries are before these, so the last place written is inside the list.
                count += S::compress(alive, lanes, n as u32, d, indices.add(count), values.add(count));
            }
            if !listed {
                continue;
            }
            live += count;
            if table::stops_listing(image + 1, (image + 1) * (end - first), live) {
                listed = false;
                continue;
            }
            *lists.image_count(group, image) = count as u32;
            for i in 0..count {
                let output = *indices.add(i) as usize;
                let (images, gradients) = lists.of_output(output);
                let place = lists.output_count(output);
                *images.add(*place as usize) = image as u32;
                *gradients.add(*place as usize) = *values.add(i);
                *place += 1;
            }
        }
        if let Some((bias, rule)) = &head.bias {
            for (v, sum) in sums.iter().enumerate().take((end - first).div_ceil(LANES)) {
                let n = first + v * LANES;
                apply::<S>(rule, *sum, bias.at(n), (end - n).min(LANES));
            }
        }
        listed.then_some(live)
    }
}
