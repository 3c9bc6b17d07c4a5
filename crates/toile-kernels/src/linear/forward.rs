//! Forward: checks the arguments, and shares out the work of the kernel that the [table](super::table) names.

use std::sync::atomic::{AtomicBool, Ordering};

use super::finish::Finish;
use super::geometry::{BLOCK, Linear, second_half};
use super::halves::join;
use super::table;
use super::task::Task;
use crate::LANES;
use crate::activation::OfRows;
use crate::layout::product;
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
    /// Whether [`backward`](super::backward) changes the weight before it is read again: then it is asked for to be
    /// written.
    pub updated: bool,
    /// A value an output.
    pub bias: Option<&'a [f32]>,
    /// Dropout: 0 or the scale for each value, laid out as the output.
    pub mask: Option<&'a [f32]>,
    /// Output features.
    pub output: &'a mut [f32],
    /// What goes into the activation, for the way back: [`Linear::before_len`] values, laid out as the output.
    pub before: Option<&'a mut [f32]>,
    /// Where halves of sums wait: [`Linear::halves_len`] values.
    pub halves: &'a mut [f32],
}

/// Images of an item whose halves are added.
const JOINED: usize = 8;

/// Blocks of images by blocks of outputs are the items of the team, where a sum has two halves once for each. Returns
/// whether all sums (before ReLU and dropout) are finite; if so, all inputs and weights are, because a product with
/// anything else is not.
pub fn forward(team: &mut Team, args: Forward<'_>) -> bool {
    args.linear.check();
    assert!(args.input.len() >= args.linear.input.buffer_len(args.images), "input");
    let stride = args.linear.input.image_stride();
    let rest = (args.linear.in_features() % BLOCK).next_multiple_of(LANES);
    share_out(team, args, stride, rest)
}

/// As [`forward`], from images side by side, with nothing between one's values and the next one's.
pub fn forward_side_by_side(team: &mut Team, args: Forward<'_>) -> bool {
    args.linear.check();
    let inputs = args.linear.in_features();
    assert!(args.input.len() >= product([args.images, inputs]), "input");
    share_out(team, args, inputs, inputs % BLOCK)
}

impl Forward<'_> {
    /// Panics where a buffer other than the input is too short for the geometry.
    fn check(&self) {
        let Forward { linear, images, .. } = *self;
        let outputs = linear.output.buffer_len(images);
        assert!(self.output.len() >= outputs, "output");
        assert_eq!(self.weight.len(), linear.weight_len(), "packed weight");
        assert!(self.bias.is_none_or(|b| b.len() == linear.out_features()), "bias");
        assert!(self.mask.is_none_or(|m| m.len() >= outputs), "mask");
        if let Some(before) = &self.before {
            assert!(linear.before_len(images) > 0, "what goes into {:?} is not kept", linear.activation);
            assert!(before.len() >= linear.before_len(images), "what goes into the activation");
        }
        assert!(self.halves.len() >= linear.halves_len(images), "second halves");
    }
}

/// Blocks of images by blocks of outputs.
#[derive(Clone, Copy)]
struct Items {
    /// Images and outputs in all, and of an item.
    all: [usize; 2],
    each: [usize; 2],
}

impl Items {
    /// Blocks of outputs.
    fn columns(&self) -> usize {
        self.all[1].div_ceil(self.each[1])
    }

    fn count(&self) -> usize {
        self.all[0].div_ceil(self.each[0]) * self.columns()
    }

    /// An item's images, and its outputs.
    fn ranges(&self, item: usize) -> [[usize; 2]; 2] {
        let at = [item / self.columns(), item % self.columns()];
        [0, 1].map(|i| [at[i] * self.each[i], self.all[i].min((at[i] + 1) * self.each[i])])
    }
}

/// Behind the checks of the input, whose images are `input_stride` values apart; `rest` as in [`Task`].
fn share_out(team: &mut Team, args: Forward<'_>, input_stride: usize, rest: usize) -> bool {
    args.check();
    let Forward { linear, images, input, weight, updated, bias, mask, output, before, halves } = args;
    let isa = team.isa();
    let output = output.as_mut_ptr();
    let mask = mask.map_or(std::ptr::null(), <[f32]>::as_ptr);
    let finish = OfRows::new(isa, linear.activation).map(|rows| Finish { linear, rows, isa, output, mask });
    let kernel = table::forward(&linear, images);
    let each = [(kernel.item_images)(&linear, images), kernel.item_outputs];
    let items = Items { all: [images, linear.out_features()], each };
    let middle = second_half(linear.in_features());
    let task = &Task {
        linear,
        input: input.as_ptr(),
        input_stride,
        blocks: [0, linear.in_features() / BLOCK],
        rest,
        weight: weight.as_ptr(),
        // By the thread that reads it, where halves are shared out and all images are an item's.
        updated: updated && middle.is_some() && items.count() == items.columns(),
        bias: bias.map_or(std::ptr::null(), <[f32]>::as_ptr),
        mask: if finish.is_some() { std::ptr::null() } else { mask },
        output: before.map_or(output, <[f32]>::as_mut_ptr),
    };
    let finite = AtomicBool::new(true);
    let end = |is_finite: bool, [images, outputs]: [[usize; 2]; 2]| {
        if let Some(finish) = &finish {
            // SAFETY: `check` has compared the lengths; items write disjoint outputs.
            unsafe { finish.item(task.output, images, outputs) };
        }
        if !is_finite {
            finite.store(false, Ordering::Relaxed);
        }
    };
    match middle {
        None => team.for_each(items.count(), |_, item| {
            let [images, outputs] = items.ranges(item);
            // SAFETY: `check` has compared the lengths; items write disjoint outputs.
            let is_finite = unsafe { (kernel.products)(isa, task, images, outputs) };
            end(is_finite, [images, outputs]);
        }),
        Some(middle) => {
            let tasks = task.halves(middle / BLOCK, halves.as_mut_ptr());
            team.for_each(2 * items.count(), |_, item| {
                let [images, outputs] = items.ranges(item % items.count());
                // SAFETY: `check` has compared the lengths; items write disjoint sums.
                unsafe { (kernel.products)(isa, &tasks[item / items.count()], images, outputs) };
            });
            team.for_each(images.div_ceil(JOINED), |_, item| {
                let images = [item * JOINED, images.min((item + 1) * JOINED)];
                // SAFETY: `check` has compared the lengths; items write disjoint outputs.
                let is_finite = unsafe { join(isa, task, &tasks[1], images) };
                end(is_finite, [images, [0, linear.out_features()]]);
            });
        }
    }
    finite.into_inner()
}
