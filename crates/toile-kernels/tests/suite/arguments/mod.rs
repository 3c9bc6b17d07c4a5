//! What the façades refuse. Every field of an argument is public and can hold anything, and behind the
//! checks run pointers; so sizes may neither contradict each other nor wrap around, also in a release
//! build.

mod grouped;
mod linear;
mod normalisation;

use std::panic::{AssertUnwindSafe, catch_unwind};

use toile_kernels::activation::Activation;
use toile_kernels::avg_pool2d::{self, reference::AvgPoolGeometry};
use toile_kernels::batch_norm::{DOutput, Input};
use toile_kernels::buffer::Buffer;
use toile_kernels::conv2d::{self, Algorithms, Conv2d, InputGradient, Scratch};
use toile_kernels::dropout;
use toile_kernels::isa::Isa;
use toile_kernels::layout::{Images, ImagesMut, Layout};
use toile_kernels::log_softmax::{self, Mixed, Targets};
use toile_kernels::optimizer::{Parameter, Partials, Rule, SgdStep, update};
use toile_kernels::precision::Precision;
use toile_kernels::team::Team;
use toile_kernels::window::WindowGeometry;
use toile_kernels::{LANES, max_pool2d};

const HUGE: usize = 1 << 62;

/// Asserts that `f` panics with a message that holds `expected`.
#[track_caller]
pub fn refused(what: &str, expected: &str, f: impl FnOnce(&mut Team)) {
    let mut team = Team::new(1, Isa::best()).expect("threads");
    let Err(panic) = catch_unwind(AssertUnwindSafe(|| f(&mut team))) else {
        panic!("{what} was accepted");
    };
    let message = panic.downcast_ref::<String>().map(String::as_str);
    let message = message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text");
    assert!(message.contains(expected), "{what}: {message}");
}

const TOO_LARGE: &str = "sizes beyond the address space";

#[test]
fn buffers_beyond_the_address_space() {
    for len in [HUGE, HUGE - 1, usize::MAX, usize::MAX / 4] {
        refused(&format!("{len} values"), TOO_LARGE, |_| drop(Buffer::zeroed(len)));
    }
}

#[test]
fn layouts_that_wrap_around() {
    let dense = Layout::dense;
    for (layout, images) in [
        (dense([HUGE, 4, 1]), 1),
        (dense([4, 1, HUGE]), 1),
        (dense([1 << 32, 1 << 32, 1]), 1),
        (dense([usize::MAX, 1, 1]), 1),
        (dense([1, 1, 1]), HUGE),
        (Layout { border_rows: 1 << 63, ..dense([1, 1, 1]) }, 1),
        (Layout { border_columns: usize::MAX, ..dense([1, 3, 1]) }, 1),
    ] {
        refused(&format!("{layout:?} x {images}"), TOO_LARGE, |_| {
            layout.buffer_len(images);
        });
    }
}

/// 4x5 pixels of 2 channels to 3 channels by 3x3 windows.
fn small() -> Conv2d {
    let input = Layout { border_rows: 1, border_columns: 1, ..Layout::dense([2, 4, 5]) };
    let (kernel, stride, padding) = ([3, 3], [1, 1], [1, 1]);
    Conv2d {
        input,
        output: Layout::dense([3, 4, 5]),
        kernel,
        stride,
        padding,
        pool: false,
        activation: Some(Activation::ReLU),
        pool_first: false,
        algorithms: Algorithms::DIRECT,
    }
}

/// The same with 6 channels, max-pooled: sparse backward.
fn pooled() -> Conv2d {
    let input = Layout { channels: 6, ..small().input };
    Conv2d { input, output: Layout::dense([3, 2, 2]), pool: true, ..small() }
}

/// The same with 16 channels to 17: in Winograd's domain.
fn winograd() -> Conv2d {
    let input = Layout { channels: 16, ..small().input };
    Conv2d { input, output: Layout::dense([17, 4, 5]), ..small() }.choosing(Precision::F32)
}

/// Every kernel of a convolution, with buffers of the promised lengths less `missing` in one of them.
fn convolve(team: &mut Team, conv: Conv2d, missing: &str) {
    let images = 2;
    let buffer = |what: &str, len: usize| Buffer::zeroed(len - usize::from(what == missing));
    let input = buffer("input", conv.input.buffer_len(images));
    let weight = buffer("weight", conv.weight_len().max(conv.transformed_len()));
    let bias = buffer("bias", conv.bias_len());
    let mut output = buffer("output", conv.output.buffer_len(images));
    let winners = if conv.pool { images * conv.argmax_len() } else { 0 };
    let mut argmax = vec![0u8; winners - usize::from(missing == "argmax")];
    let mut scratch = if missing == "scratch" { vec![] } else { vec![Scratch::new(&conv).expect("memory")] };
    if missing != "output" || !conv.pool {
        conv2d::forward(
            team,
            conv2d::Forward {
                conv,
                images,
                input: Input::Stored(&input),
                weight: &weight,
                bias: Some(&bias),
                output: &mut output,
                before: None,
                argmax: conv.pool.then_some(&mut argmax[..]),
                scratch: &mut scratch,
            },
        );
    }
    let mut d_input = buffer("input gradient", conv.input.buffer_len(images));
    conv2d::backward(
        team,
        conv2d::Backward {
            conv,
            images,
            input: Input::Stored(&input),
            output: &output,
            before: None,
            again: None,
            argmax: conv.pool.then_some(&argmax[..]),
            d_output: DOutput::Stored(&buffer("output gradient", conv.output.buffer_len(images))),
            partials: Some(&mut buffer("partials", conv.partial_len())),
            bias: true,
            d_input: Some(InputGradient {
                values: &mut d_input,
                accumulate: false,
                sums: None,
                mirror: &buffer("mirror", conv.mirror_len()),
            }),
            scratch: &mut scratch,
        },
    );
}

#[test]
fn convolutions_with_short_buffers() {
    for conv in [small(), pooled(), winograd()] {
        assert_eq!(conv.is_sparse(), conv.pool);
        let transformed = conv.transformed_len() > 0;
        assert_eq!(transformed, conv == winograd());
        convolve(&mut Team::new(1, Isa::best()).expect("threads"), conv, "nothing");
        for (missing, expected) in [
            ("input", "the input is too short"),
            ("weight", if transformed { "transformed weight" } else { "packed weight" }),
            ("bias", "bias"),
            ("input gradient", "the input gradient has"),
            ("output gradient", "the output gradient is too short"),
            ("partials", "the partial gradients has"),
            ("mirror", "mirrored weight"),
            ("scratch", "the scratch has"),
        ] {
            refused(missing, expected, |team| convolve(team, conv, missing));
        }
    }
    refused("output", "the output has", |team| convolve(team, small(), "output"));
    refused("argmax", "the argmax has", |team| convolve(team, pooled(), "argmax"));
}

#[test]
fn convolutions_that_contradict_themselves() {
    let (base, layout) = (small(), small().input);
    let (wrapped, contradiction, zero) = ("a kernel larger than", "output size", "a size of 0");
    let table: &[(&str, Conv2d)] = &[
        (wrapped, Conv2d { kernel: [7, 3], ..base }),
        // In wrapping arithmetic this has 4 rows.
        (wrapped, Conv2d { kernel: [7, 3], stride: [HUGE, 1], ..base }),
        (zero, Conv2d { kernel: [0, 3], ..base }),
        (zero, Conv2d { kernel: [3, 0], ..base }),
        (zero, Conv2d { input: Layout { channels: 0, ..layout }, ..base }),
        (zero, Conv2d { output: Layout::dense([0, 4, 5]), ..base }),
        (zero, Conv2d { output: Layout::dense([3, 0, 5]), ..base }),
        ("a stride of 0", Conv2d { stride: [1, 0], ..base }),
        ("border of", Conv2d { input: Layout { border_rows: 0, ..layout }, ..base }),
        ("border of", Conv2d { input: Layout { border_columns: 0, ..layout }, ..base }),
        (contradiction, Conv2d { padding: [0, 1], ..base }),
        (contradiction, Conv2d { pool: true, ..base }),
        (contradiction, Conv2d { output: Layout::dense([3, 5, 5]), ..base }),
        ("algorithms of", Conv2d { algorithms: winograd().algorithms, ..base }),
        (TOO_LARGE, Conv2d { input: Layout { border_rows: HUGE, ..layout }, ..base }),
        (TOO_LARGE, Conv2d { output: Layout::dense([HUGE, 4, 5]), ..base }),
    ];
    for (expected, conv) in table {
        refused(&format!("forward {conv:?}"), expected, |team| {
            let (input, weight) = (vec![0.0; 4096], vec![0.0; 4096]);
            let (mut output, mut argmax) = (vec![0.0; 4096], vec![0; 4096]);
            let argmax = conv.pool.then_some(&mut argmax[..]);
            let (conv, output, bias) = (*conv, &mut output, None);
            let (images, input, weight, scratch) = (1, Input::Stored(&input), &weight[..], &mut [][..]);
            let args =
                conv2d::Forward { conv, images, input, weight, bias, output, before: None, argmax, scratch };
            conv2d::forward(team, args);
        });
        refused(&format!("scratch of {conv:?}"), expected, |_| drop(Scratch::new(conv).expect("memory")));
    }
}

/// What packs weights reads as many as the algorithm takes: it must be one for these sizes.
#[test]
fn packing_for_an_algorithm_of_other_sizes() {
    let one_by_one = Conv2d { kernel: [1, 1], padding: [0, 0], ..winograd() };
    refused("transformed", "algorithms of", |team| {
        let packed = vec![0.0; one_by_one.weight_len()];
        one_by_one.renew_transformed(team, &packed, &mut vec![0.0; one_by_one.transformed_len()]);
    });
    refused("mirror", "algorithms of", |team| {
        let packed = vec![0.0; one_by_one.weight_len()];
        one_by_one.renew_mirror(team, &packed, &mut vec![0.0; one_by_one.mirror_len()]);
    });
}

#[test]
fn a_scratch_of_another_convolution() {
    // As many values, framed otherwise.
    let layout =
        |height, width| Layout { border_rows: 1, border_columns: 1, ..Layout::dense([2, height, width]) };
    let conv = |height, width| Conv2d {
        input: layout(height, width),
        output: Layout::dense([3, height, width]),
        ..small()
    };
    refused("a scratch", "another convolution's", |team| {
        let conv_len = conv(4, 6);
        let zeros = vec![0.0; 4096];
        conv2d::backward(
            team,
            conv2d::Backward {
                conv: conv_len,
                before: None,
                again: None,
                images: 1,
                input: Input::Stored(&zeros),
                output: &zeros,
                argmax: None,
                d_output: DOutput::Stored(&zeros),
                partials: Some(&mut zeros.clone()),
                bias: true,
                d_input: None,
                scratch: &mut [Scratch::new(&conv(6, 4)).expect("memory")],
            },
        );
    });
}

#[test]
fn offsets_beyond_32_bits_are_not_for_the_sparse_kernels() {
    assert!(pooled().is_sparse());
    let input = Layout { border_rows: 1 << 30, ..pooled().input };
    assert!(!Conv2d { input, ..pooled() }.is_sparse());
    assert!(!Conv2d { output: Layout { channels: 1 << 32, ..pooled().output }, ..pooled() }.is_sparse());
}

#[test]
fn any_byte_as_a_winner() {
    for conv in [pooled(), Conv2d { input: small().input, ..pooled() }] {
        let images = 2;
        let (input, mirror) = (vec![1.0; conv.input.buffer_len(images)], vec![1.0; conv.mirror_len()]);
        let d_output = vec![1.0; conv.output.buffer_len(images)];
        let argmax: Vec<u8> = (0..images * conv.argmax_len()).map(|i| (i * 11 + 5) as u8 | 4).collect();
        let mut partials = vec![f32::NAN; conv.partial_len()];
        let mut values = vec![0.0; input.len()];
        let mut team = Team::new(1, Isa::best()).expect("threads");
        conv2d::backward(
            &mut team,
            conv2d::Backward {
                conv,
                before: None,
                again: None,
                images,
                input: Input::Stored(&input),
                output: &[],
                argmax: Some(&argmax),
                d_output: DOutput::Stored(&d_output),
                partials: Some(&mut partials),
                bias: true,
                d_input: Some(InputGradient {
                    values: &mut values,
                    accumulate: false,
                    sums: None,
                    mirror: &mirror,
                }),
                scratch: &mut [Scratch::new(&conv).expect("memory")],
            },
        );
        assert!(partials.iter().chain(&values).all(|v| *v == 0.0), "4 and more won nothing: {conv:?}");
    }
}

#[test]
fn partial_gradients_that_wrap_around() {
    let rule = Rule::Sgd(SgdStep { negative_rate: -1.0, momentum: 0.0, weight_decay: 0.0, nesterov: false });
    for (groups, stride, offset, expected) in [
        (2, 8, 1, "too short"),
        (0, 8, 0, "no group"),
        (5, HUGE, 0, TOO_LARGE),
        (2, usize::MAX, 1, "too short"),
        (1, 8, usize::MAX, "too short"),
    ] {
        refused(&format!("{groups} {stride} {offset}"), expected, |team| {
            let (mut values, partials) = (vec![0.0; 8], vec![0.0; 16]);
            let parameter = Parameter { values: &mut values, states: [&mut [], &mut [], &mut []], rule };
            update(team, parameter, Partials { values: &partials, groups, stride, offset });
        });
    }
}

#[test]
fn windows_beside_the_image() {
    let window = |output: usize, kernel: usize, stride: usize, padding: usize| WindowGeometry {
        input: [4, 4],
        output: [output, 2],
        kernel: [kernel, 2],
        stride: [stride, 2],
        padding: [padding, 0],
    };
    for window in [window(3, 2, 2, 0), window(2, 2, 1, 2), window(2, 2, HUGE, 0), window(5, 1, HUGE, 0)] {
        let layouts = || (Layout::dense([1, 4, 4]), Layout::dense([1, window.output[0], 2]));
        refused(&format!("max-pooling {window:?}"), "a window beside the image", |team| {
            let ((large, small), x, mut y) = (layouts(), vec![0.0; 64], vec![0.0; 64]);
            let (x, y) = (Images { values: &x, layout: large }, ImagesMut { values: &mut y, layout: small });
            max_pool2d::forward(team, window, 1, x, y, &mut [0.0; 64]);
        });
        refused(&format!("average-pooling {window:?}"), "a window beside the image", |team| {
            let ((large, small), x, mut y) = (layouts(), vec![0.0; 64], vec![0.0; 64]);
            let (x, y) = (Images { values: &x, layout: large }, ImagesMut { values: &mut y, layout: small });
            let geometry = AvgPoolGeometry::Sliding { window, count_include_pad: true };
            avg_pool2d::forward(team, geometry, 1, x, y);
        });
    }
}

#[test]
fn an_activation_in_front_of_pooling_takes_a_scratch() {
    let conv = Conv2d { activation: Some(Activation::SiLU), ..pooled() };
    refused("without one", "the scratch", |team| {
        let [input, weight] = [conv.input.buffer_len(1), conv.weight_len()].map(|len| vec![0.0; len]);
        let (mut output, mut argmax) = (vec![0.0; conv.output.buffer_len(1)], vec![0; conv.argmax_len()]);
        let (bias, before, argmax, scratch) = (None, None, Some(&mut argmax[..]), &mut [][..]);
        let (images, input, weight, output) = (1, Input::Stored(&input), &weight[..], &mut output[..]);
        let args = conv2d::Forward { conv, images, input, weight, bias, output, before, argmax, scratch };
        conv2d::forward(team, args);
    });
}

#[test]
fn winners_that_are_none() {
    let window =
        WindowGeometry { input: [2, 2], output: [1, 1], kernel: [2, 2], stride: [2, 2], padding: [0, 0] };
    let (large, small) = (Layout::dense([6, 2, 2]), Layout::dense([6, 1, 1]));
    let winners = [0.5, -1.0, 4.0, f32::NAN, f32::INFINITY, 3.0];
    for isa in Isa::available() {
        let (dy, mut dx) = (vec![1.0; small.buffer_len(1)], vec![0.0; large.buffer_len(1)]);
        let to = ImagesMut { values: &mut dx, layout: large };
        let dy = Images { values: &dy, layout: small };
        max_pool2d::backward(&mut Team::new(1, isa).expect("threads"), window, 1, dy, &winners, false, to);
        let expected: Vec<f32> = (0..large.buffer_len(1)).map(|i| f32::from(u8::from(i == 23))).collect();
        assert_eq!(dx, expected, "{isa:?}");
    }
}

#[test]
fn other_lengths() {
    let layout = Layout::dense([5, 1, 1]);
    let x = [0.0; LANES];
    let x = Images { values: &x, layout };
    refused("a label", "a label is no class", |team| {
        let mut dx = [0.0; LANES];
        let dx = ImagesMut { values: &mut dx, layout };
        let targets = Targets::plain(&[5], 0.0);
        let args = log_softmax::Backward { images: 1, x, log_probabilities: x, targets };
        log_softmax::backward(team, args, &mut [0.0], dx);
    });
    let mixed =
        |labels, shares| Targets { mixed: Some(Mixed { labels, shares }), ..Targets::plain(&[0], 0.0) };
    let weights = |weights| Targets { class_weights: Some(weights), ..Targets::plain(&[0], 0.0) };
    for (what, targets, says) in [
        ("labels", Targets::plain(&[0, 1], 0.0), "labels"),
        ("a mixed label", mixed(&[5], &[0.5]), "a mixed label is no class"),
        ("mixed labels", mixed(&[1, 1], &[0.5]), "mixed labels and shares"),
        ("shares", mixed(&[1], &[0.5, 0.5]), "mixed labels and shares"),
        ("a share above 1", mixed(&[1], &[1.5]), "a share is not from 0 to 1"),
        ("a share that is NaN", mixed(&[1], &[f32::NAN]), "a share is not from 0 to 1"),
        ("class weights", weights(&[1.0; 4]), "class weights"),
        ("a class weight of 0", weights(&[1.0, 0.0, 1.0, 1.0, 1.0]), "a class weight is not above 0"),
        ("a class weight without end", weights(&[f32::INFINITY; 5]), "a class weight is not above 0"),
    ] {
        refused(what, says, |team| {
            let mut dx = [0.0; LANES];
            let dx = ImagesMut { values: &mut dx, layout };
            let args = log_softmax::Backward { images: 1, x, log_probabilities: x, targets };
            log_softmax::backward(team, args, &mut [0.0], dx);
        });
    }
    refused("a mask", "mask", |team| {
        let (p, seed, ordinal, epoch, image_ids) = (0.5, 0, 0, 0, &[1, 2][..]);
        let which = dropout::Mask { layout, p, channels: false, seed, ordinal, epoch, image_ids };
        dropout::mask(team, which, &mut [0.0; 2 * LANES - 1]);
    });
    refused("shapes", "shapes differ", |team| {
        let mut y = [0.0; LANES];
        let y = ImagesMut { values: &mut y, layout: Layout::dense([1, 5, 1]) };
        log_softmax::forward(team, 1, x, y);
    });
    let side_by_side = |images: usize, len: usize| {
        move |team: &mut Team| log_softmax::forward_side_by_side(team, images, x, &mut vec![0.0; len])
    };
    side_by_side(1, 5)(&mut Team::new(1, Isa::best()).expect("threads"));
    refused("the output", "the output is too short", side_by_side(1, 4));
    refused("the input", "the input is too short", side_by_side(2, 10));
    refused("images", TOO_LARGE, side_by_side(HUGE, 10));
}

#[test]
fn no_images_at_all() {
    let mut team = Team::new(2, Isa::best()).expect("threads");
    let conv = pooled();
    let (weight, mirror) = (vec![0.0; conv.weight_len()], vec![0.0; conv.mirror_len()]);
    let (images, output, argmax) = (0, &mut [][..], Some(&mut [][..]));
    let (input, weight, bias, scratch) = (Input::Stored(&[]), &weight[..], None, &mut [][..]);
    let args = conv2d::Forward { conv, images, input, weight, bias, output, before: None, argmax, scratch };
    conv2d::forward(&mut team, args);
    conv2d::backward(
        &mut team,
        conv2d::Backward {
            conv,
            before: None,
            again: None,
            images,
            input: Input::Stored(&[]),
            output: &[],
            argmax: Some(&[]),
            d_output: DOutput::Stored(&[]),
            partials: Some(&mut []),
            bias: true,
            d_input: Some(InputGradient { values: &mut [], accumulate: true, sums: None, mirror: &mirror }),
            scratch: &mut [Scratch::new(&conv).expect("memory"), Scratch::new(&conv).expect("memory")],
        },
    );
}
