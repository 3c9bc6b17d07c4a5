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
    /// Whether [`backward`](super::backward) changes the weight before it is read again: then it is asked for to be written.
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

/// Blocks of images by blocks of outputs are the items of the team, where a sum has two halves once for each. Returns whether all sums (before ReLU
/// and dropout) are finite; if so, all inputs and weights are, because a product with anything else is not.
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

/// Behind the checks of the input, whose images are `input_stride` values apart; `rest` as in [`Task`].
fn share_out(team: &mut Team, args: Forward<'_>, input_stride: usize, rest: usize) -> bool {
    let Forward { linear, images, input, weight, updated, bias, mask, output, before, halves } = args;
    let outputs = linear.out_features();
    assert!(output.len() >= linear.output.buffer_len(images), "output");
    assert_eq!(weight.len(), linear.weight_len(), "packed weight");
    assert!(bias.is_none_or(|b| b.len() == outputs), "bias");
    assert!(mask.is_none_or(|m| m.len() >= linear.output.buffer_len(images)), "mask");
    let isa = team.isa();
    let before = before.map(|values| {
        assert!(linear.before_len(images) > 0, "what goes into {:?} is not kept", linear.activation);
        assert!(values.len() >= linear.before_len(images), "what goes into the activation");
        values.as_mut_ptr()
    });
    let output = output.as_mut_ptr();
    assert!(halves.len() >= linear.halves_len(images), "second halves");
    let halves = halves.as_mut_ptr();
    let mask = mask.map_or(std::ptr::null(), <[f32]>::as_ptr);
    let finish = OfRows::new(isa, linear.activation).map(|rows| Finish { linear, rows, isa, output, mask });
    let finite = AtomicBool::new(true);
    let task = Task {
        linear,
        input: input.as_ptr(),
        input_stride,
        blocks: [0, linear.in_features() / BLOCK],
        rest,
        weight: weight.as_ptr(),
        updated: false,
        bias: bias.map_or(std::ptr::null(), <[f32]>::as_ptr),
        mask: if finish.is_some() { std::ptr::null() } else { mask },
        output: before.unwrap_or(output),
    };
    let kernel = table::forward(&linear, images);
    let (item_images, item_outputs) = ((kernel.item_images)(&linear, images), kernel.item_outputs);
    let columns = outputs.div_ceil(item_outputs);
    let items = images.div_ceil(item_images) * columns;
    let ranges = |item: usize| {
        let (first_image, first_output) = (item / columns * item_images, item % columns * item_outputs);
        let image_range = [first_image, images.min(first_image + item_images)];
        (image_range, [first_output, outputs.min(first_output + item_outputs)])
    };
    let task = &task;
    let end = |is_finite: bool, image_range, output_range| {
        if let Some(finish) = &finish {
            // SAFETY: this function has checked the lengths above; items write disjoint outputs.
            unsafe { finish.item(task.output, image_range, output_range) };
        }
        if !is_finite {
            finite.store(false, Ordering::Relaxed);
        }
    };
    let Some(second_half) = second_half(linear.in_features()) else {
        team.for_each(items, |_, item| {
            let (image_range, output_range) = ranges(item);
            // SAFETY: this function has checked the lengths above; items write disjoint outputs.
            let is_finite = unsafe { (kernel.products)(isa, task, image_range, output_range) };
            end(is_finite, image_range, output_range);
        });
        return finite.into_inner();
    };
    // By one thread, where all images are one item's.
    let updated = updated && items == columns;
    let tasks = task.halves(second_half / BLOCK, halves).map(|half| Task { updated, ..half });
    team.for_each(2 * items, |_, item| {
        let (image_range, output_range) = ranges(item % items);
        // SAFETY: this function has checked the lengths above; items write disjoint sums.
        unsafe { (kernel.products)(isa, &tasks[item / items], image_range, output_range) };
    });
    team.for_each(images.div_ceil(JOINED), |_, item| {
        let image_range = [item * JOINED, images.min((item + 1) * JOINED)];
        // SAFETY: this function has checked the lengths above; items write disjoint outputs.
        let is_finite = unsafe { join(isa, task, &tasks[1], image_range) };
        end(is_finite, image_range, [0, outputs]);
    });
    finite.into_inner()
}
