//! What linear layers refuse.

use toile_kernels::activation::Activation;
use toile_kernels::buffer::Buffer;
use toile_kernels::isa::Isa;
use toile_kernels::layout::Layout;
use toile_kernels::linear::{self, Linear};
use toile_kernels::optimizer::SgdStep;
use toile_kernels::optimizer::{Parameter, Rule};
use toile_kernels::team::Team;

use super::{HUGE, TOO_LARGE, refused};

fn arguments<'a>(
    linear: Linear,
    images: usize,
    [input, weight]: [&'a [f32]; 2],
    [bias, mask]: [Option<&'a [f32]>; 2],
    [output, halves]: [&'a mut [f32]; 2],
) -> linear::Forward<'a> {
    let (updated, before) = (true, None);
    linear::Forward { linear, images, input, weight, updated, bias, mask, output, before, halves }
}

#[test]
fn linear_layers() {
    let forward = |input: Layout, output: Layout, lens: [usize; 6], images: usize| {
        move |team: &mut Team| {
            let [x, w, b, m, y, mut h] = lens.map(Buffer::zeroed);
            let (mut y, linear) = (y, Linear { input, output, activation: None });
            let (known, outputs) = ([Some(&b[..]), Some(&m[..])], [&mut y[..], &mut h[..]]);
            linear::forward(team, arguments(linear, images, [&x, &w], known, outputs));
        }
    };
    let (from, to) = (Layout::dense([17, 1, 1]), Layout::dense([5, 1, 1]));
    let lens = [96, 320, 5, 32, 32, 0];
    forward(from, to, lens, 2)(&mut Team::new(1, Isa::best()).expect("threads"));
    for (i, expected) in ["input", "packed weight", "bias", "mask", "output"].into_iter().enumerate() {
        let mut short = lens;
        short[i] -= 1;
        refused(expected, expected, forward(from, to, short, 2));
    }
    let many = Layout::dense([512, 1, 1]);
    forward(many, to, [many.buffer_len(2), 8 * 320, 5, 32, 32, 32], 2)(
        &mut Team::new(1, Isa::best()).expect("threads"),
    );
    refused("halves", "second halves", forward(many, to, [many.buffer_len(2), 8 * 320, 5, 32, 32, 31], 2));
    refused("a border", "a border", forward(Layout { border_rows: 1, ..from }, to, lens, 1));
    refused("images", TOO_LARGE, forward(from, to, lens, HUGE));
    refused("inputs", TOO_LARGE, forward(Layout::dense([HUGE, 4, 1]), to, lens, 1));
    refused("outputs", TOO_LARGE, forward(from, Layout::dense([HUGE, 4, 1]), lens, 1));
    let side_by_side = |inputs: usize, images: usize| {
        move |team: &mut Team| {
            let (linear, input) =
                (Linear { input: from, output: to, activation: None }, &vec![0.0; inputs][..]);
            let (weight, output) = (&vec![0.0; lens[1]][..], &mut vec![0.0; 32][..]);
            let args = arguments(linear, images, [input, weight], [None, None], [output, &mut []]);
            linear::forward_side_by_side(team, args);
        }
    };
    side_by_side(34, 2)(&mut Team::new(1, Isa::best()).expect("threads"));
    refused("input", "input", side_by_side(33, 2));
    refused("images", TOO_LARGE, side_by_side(34, HUGE));
}

#[test]
fn linear_layers_backward() {
    let linear = Linear {
        input: Layout::dense([17, 1, 1]),
        output: Layout::dense([5, 1, 1]),
        activation: Some(Activation::ReLU),
    };
    let backward = |lens: [usize; 7], images: usize, scratch: (Linear, usize, usize)| {
        move |team: &mut Team| {
            let [input, output, mask, mut d_output, mut d_input, mut weight, mut bias] =
                lens.map(Buffer::zeroed);
            let step = SgdStep { negative_rate: -1.0, momentum: 0.0, weight_decay: 0.0, nesterov: false };
            let rule = Rule::Sgd(step);
            let parameter = |values| Parameter { values, states: [&mut [], &mut [], &mut []], rule };
            let args = linear::Backward {
                linear,
                images,
                input: &input,
                output: &output,
                before: None,
                mask: Some(&mask),
                d_output: &mut d_output,
                d_input: Some(linear::InputGradient { values: &mut d_input, accumulate: false }),
                finite: true,
                weight: parameter(&mut weight),
                bias: Some(parameter(&mut bias)),
                scratch: &mut linear::Scratch::new(&scratch.0, scratch.1, scratch.2).expect("memory"),
            };
            linear::backward(team, args);
        }
    };
    let lens = [96, 32, 32, 32, 96, 320, 5];
    backward(lens, 2, (linear, 2, 1))(&mut Team::new(1, Isa::best()).expect("threads"));
    let names = ["input", "output", "mask", "output gradient", "input gradient", "packed weight", "bias"];
    for (i, expected) in names.into_iter().enumerate() {
        let mut short = lens;
        short[i] -= 1;
        refused(expected, expected, backward(short, 2, (linear, 2, 1)));
    }
    let other = Linear { activation: None, ..linear };
    refused("another layer", "another layer's", backward(lens, 2, (other, 2, 1)));
    refused("images of the scratch", "for 1 images", backward(lens, 2, (linear, 1, 1)));
    refused("threads of the scratch", "for 0 threads", backward(lens, 2, (linear, 2, 0)));
    refused("images", TOO_LARGE, backward(lens, HUGE, (linear, 2, 1)));
    refused("scratch", TOO_LARGE, |_| drop(linear::Scratch::new(&linear, HUGE, 1).expect("memory")));
    refused("scratch", TOO_LARGE, |_| drop(linear::Scratch::new(&linear, 1, HUGE).expect("memory")));
}
