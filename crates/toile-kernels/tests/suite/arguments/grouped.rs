//! What grouped convolution and squeeze-and-excitation refuse.

use toile_kernels::batch_norm::{DOutput, Input};
use toile_kernels::buffer::Buffer;
use toile_kernels::grouped_conv2d::{self, GroupedConv2d, InputGradient};
use toile_kernels::layout::{Images, ImagesMut, Layout};
use toile_kernels::squeeze_excitation::{self, Gate, SqueezeExcitation, Workspace};
use toile_kernels::team::Team;

use super::{HUGE, TOO_LARGE, refused};
use crate::grouped_conv2d::{SHAPES, conv};
use crate::support::another;

/// Forward and backward, with buffers of the promised lengths less one value in one of them.
fn convolve(team: &mut Team, conv: GroupedConv2d, missing: &str) {
    let images = 2;
    let buffer = |what: &str, len: usize| Buffer::zeroed(len - usize::from(what == missing));
    let (input, weight) =
        (buffer("input", conv.input.buffer_len(images)), buffer("weight", conv.weight_len()));
    let (mut output, bias) =
        (buffer("output", conv.output.buffer_len(images)), buffer("bias", conv.bias_len()));
    let mut before = buffer("before", conv.before_len(images));
    let args = grouped_conv2d::Forward {
        conv,
        images,
        input: Input::Stored(&input),
        weight: &weight,
        bias: Some(&bias),
        output: &mut output,
        before: Some(&mut before),
        moments: None,
    };
    grouped_conv2d::forward(team, args);
    let mut d_input = buffer("input gradient", conv.input.buffer_len(images));
    let mirror = buffer("mirror", conv.mirror_len());
    let args = grouped_conv2d::Backward {
        conv,
        images,
        input: Input::Stored(&input),
        output: &output,
        before: Some(&before),
        d_output: DOutput::Stored(&buffer("output gradient", conv.output.buffer_len(images))),
        partials: &mut buffer("partials", conv.partial_len()),
        bias: true,
        d_input: Some(InputGradient { values: &mut d_input, accumulate: false, sums: None, weight: &mirror }),
        scratch: &mut buffer("scratch", conv.scratch_len()),
    };
    grouped_conv2d::backward(team, args);
}

/// Groups of two channels to four, behind GELU or another that keeps what went in.
fn small() -> GroupedConv2d {
    let shape = SHAPES.iter().find(|shape| shape[3] > 1 && shape[3] < shape[1]).expect("groups");
    conv(shape, another(0)).0
}

#[test]
fn short_buffers() {
    convolve(&mut Team::new(1, toile_kernels::isa::Isa::best()).expect("threads"), small(), "nothing");
    for (missing, expected) in [
        ("input", "the input is too short"),
        ("weight", "packed weight"),
        ("bias", "packed bias"),
        ("output", "the output has"),
        ("before", "what goes into the activation has"),
        ("output gradient", "the output gradient is too short"),
        ("partials", "the partial gradients has"),
        ("scratch", "the scratch has"),
        ("input gradient", "the input gradient has"),
        ("mirror", "the weight of the input gradient"),
    ] {
        refused(missing, expected, |team| convolve(team, small(), missing));
    }
}

#[test]
fn sizes_that_contradict_each_other() {
    let small = small();
    for (conv, expected) in [
        (GroupedConv2d { groups: 0, ..small }, "groups of"),
        (GroupedConv2d { groups: 4, ..small }, "groups of"),
        (GroupedConv2d { stride: [0, 1], ..small }, "a step of 0"),
        (GroupedConv2d { dilation: [1, 0], ..small }, "a step of 0"),
        (GroupedConv2d { dilation: [2 * HUGE, 1], ..small }, TOO_LARGE),
        (GroupedConv2d { kernel: [0, 3], ..small }, "a size of 0"),
        (GroupedConv2d { kernel: [99, 3], ..small }, "a kernel larger than the padded input"),
        (GroupedConv2d { output: Layout { height: 2, ..small.output }, ..small }, "output size of"),
        (GroupedConv2d { input: Layout { border_rows: 0, ..small.input }, ..small }, "border of"),
    ] {
        refused(&format!("{conv:?}"), expected, |team| {
            let args = grouped_conv2d::Forward {
                conv,
                images: 1,
                input: Input::Stored(&[]),
                weight: &[],
                bias: None,
                output: &mut [],
                before: None,
                moments: None,
            };
            grouped_conv2d::forward(team, args);
        });
    }
}

#[test]
fn squeezing_another_workspace() {
    let of = SqueezeExcitation { dims: [3, 2, 2], squeezed: 2, gate: Gate::Sigmoid };
    let layout = Layout::dense(of.dims);
    for (what, images, workspace, expected) in [
        ("another's", 1, SqueezeExcitation { squeezed: 3, ..of }, "the workspace is another's"),
        ("a small one", 2, of, "a workspace of fewer than 2 images"),
    ] {
        refused(what, expected, |team| {
            let mut workspace = Workspace::new(workspace, 1, 1).expect("memory");
            let parameters = of.lens().map(|len| vec![0.0; len]);
            let (x, mut y) = (vec![0.0; layout.buffer_len(images)], vec![0.0; layout.buffer_len(images)]);
            let parameters = parameters.each_ref().map(|values| &values[..]);
            let (x, y) = (Images { values: &x, layout }, ImagesMut { values: &mut y, layout });
            squeeze_excitation::forward(team, of, images, parameters, &mut workspace, x, y);
        });
    }
}
