//! Grouped and dilated convolution kernels against the reference.

use std::collections::BTreeSet;

use toile_kernels::GROUP;
use toile_kernels::activation::{self, Activation};
use toile_kernels::batch_norm::{DOutput, Input, image_moments_len, moments};
use toile_kernels::grouped_conv2d::reference::{self, GroupedConv2dGeometry};
use toile_kernels::grouped_conv2d::{
    Backward, Forward, GroupedConv2d, InputGradient, backward, forward, kernel_of, kernels,
};
use toile_kernels::layout::{Images, Layout};
use toile_kernels::team::Team;
use toile_kernels::window::WindowGeometry;

use crate::support::{MAKERS, POISON, another, inside, laid_out, same_bits, surrounded, teams, uniform};

/// [images, channels, out channels, groups, height, width, kernel h, w, stride h, w, padding h, w, dilation h, w]
pub const SHAPES: &[[usize; 14]] = &[
    // Depthwise: around the lanes, whole kernel rows and others, rows of every width, stride and dilation.
    [3, 32, 32, 32, 10, 13, 3, 3, 1, 1, 1, 1, 1, 1],
    [9, 17, 17, 17, 7, 7, 3, 3, 2, 2, 1, 1, 1, 1],
    [2, 16, 16, 16, 3, 28, 3, 3, 1, 1, 1, 1, 1, 1],
    [2, 12, 12, 12, 9, 12, 5, 5, 1, 1, 2, 2, 1, 1],
    [2, 24, 24, 24, 8, 11, 5, 5, 2, 2, 2, 2, 1, 1],
    [1, 40, 40, 40, 9, 8, 7, 7, 1, 1, 3, 3, 1, 1],
    [2, 5, 5, 5, 6, 9, 2, 3, 1, 3, 0, 2, 1, 1],
    [2, 8, 8, 8, 11, 10, 3, 3, 1, 1, 2, 2, 2, 2],
    [1, 33, 33, 33, 10, 9, 3, 2, 2, 3, 3, 1, 3, 2],
    [2, 16, 16, 16, 8, 15, 3, 5, 4, 2, 0, 1, 2, 3],
    [1, 3, 3, 3, 4, 4, 4, 4, 1, 1, 0, 0, 1, 1],
    [1, 4, 4, 4, 5, 5, 1, 1, 3, 2, 1, 2, 1, 1],
    // Groups of several channels, more outputs than inputs and fewer, lanes left over.
    [9, 6, 6, 3, 7, 8, 3, 3, 1, 1, 1, 1, 1, 1],
    [2, 4, 8, 4, 6, 7, 3, 3, 2, 2, 1, 1, 1, 1],
    [1, 40, 20, 2, 6, 13, 1, 1, 1, 1, 0, 0, 1, 1],
    [2, 14, 34, 2, 5, 6, 3, 2, 2, 1, 1, 0, 1, 1],
    [1, 12, 36, 3, 6, 5, 2, 2, 1, 2, 1, 1, 2, 1],
    // One group with holes in the kernel.
    [2, 5, 18, 1, 11, 13, 3, 3, 1, 1, 2, 2, 2, 2],
    [1, 18, 7, 1, 9, 15, 3, 3, 2, 1, 3, 0, 3, 4],
];

/// The convolution, with a border around the output that nothing may be written into.
pub fn conv(shape: &[usize; 14], activation: Option<Activation>) -> (GroupedConv2d, GroupedConv2dGeometry) {
    let &[_, channels, out, groups, height, width, kh, kw, sh, sw, ph, pw, dh, dw] = shape;
    let input =
        Layout { border_rows: ph, border_columns: pw + 1, ..Layout::dense([channels, height, width]) };
    let rows = (height + 2 * ph - (kh - 1) * dh - 1) / sh + 1;
    let columns = (width + 2 * pw - (kw - 1) * dw - 1) / sw + 1;
    let output = Layout { border_rows: 1, border_columns: 2, ..Layout::dense([out, rows, columns]) };
    let (kernel, stride, padding, dilation) = ([kh, kw], [sh, sw], [ph, pw], [dh, dw]);
    let conv = GroupedConv2d { input, output, kernel, stride, padding, dilation, groups, activation };
    let window = WindowGeometry { input: [height, width], output: [rows, columns], kernel, stride, padding };
    (conv, GroupedConv2dGeometry { window, dilation, groups, in_channels: channels, out_channels: out })
}

struct Case {
    conv: GroupedConv2d,
    geometry: GroupedConv2dGeometry,
    images: usize,
    x: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    dy: Vec<f32>,
    /// What the input gradient is added to.
    dx: Vec<f32>,
}

/// Output, weight and bias gradient, and the input gradient put down and added.
struct Outcome([Vec<f32>; 5]);

impl Case {
    fn reference(&self) -> Outcome {
        let Case { conv, geometry: g, x, weight, .. } = self;
        let mut z = vec![0.0; self.dy.len()];
        reference::forward(g, x, weight, Some(&self.bias), &mut z);
        let (mut y, mut dz) = (z.clone(), self.dy.clone());
        if let Some(f) = conv.activation {
            activation::reference::forward(f, &z, &mut y);
            activation::reference::input_gradient(f, &z, &self.dy, false, &mut dz);
        }
        let (mut dweight, mut dbias) = (vec![0.0; weight.len()], vec![0.0; self.bias.len()]);
        reference::weight_gradient(g, x, &dz, &mut dweight, Some(&mut dbias));
        let [put, added] = [false, true].map(|accumulate| {
            let mut dx = self.dx.clone();
            reference::input_gradient(g, &dz, weight, accumulate, &mut dx);
            dx
        });
        Outcome([y, dweight, dbias, put, added])
    }

    fn kernel(&self, team: &mut Team, what: &str) -> Outcome {
        let Case { conv, images, .. } = *self;
        let x = laid_out(conv.input, &self.x);
        let mut weight = vec![POISON; conv.weight_len()];
        conv.pack_weight(&self.weight, &mut weight);
        same_bits(&conv.unpack_weight(&weight), &self.weight, "the weight, packed and unpacked");
        let mut bias = vec![POISON; conv.bias_len()];
        conv.pack_bias(&self.bias, &mut bias);
        let mut output = vec![POISON; conv.output.buffer_len(images)];
        let mut before = vec![POISON; conv.before_len(images)];
        let mut of_images = vec![POISON; image_moments_len(conv.output, images)];
        forward(
            team,
            Forward {
                conv,
                images,
                input: Input::Stored(&x),
                weight: &weight,
                bias: Some(&bias),
                output: &mut output,
                before: Some(&mut before[..]).filter(|before| !before.is_empty()),
                moments: Some(&mut of_images),
            },
        );
        let mut expected = vec![POISON; of_images.len()];
        moments(team, images, Images { values: &output, layout: conv.output }, &mut expected);
        same_bits(&of_images, &expected, &format!("moments of {what}"));
        let mut mirror = vec![0.0; conv.mirror_len()];
        conv.renew_mirror(&weight, &mut mirror);
        let d_output = surrounded(conv.output, &self.dy);
        let mut scratch = vec![POISON; team.threads() * conv.scratch_len()];
        let mut gradients = |accumulate: bool, bias: bool| {
            let mut partials = vec![POISON; images.div_ceil(GROUP) * conv.partial_len()];
            let mut dx = surrounded(conv.input, &self.dx);
            let read = if conv.is_depthwise() { &weight } else { &mirror };
            let d_input = InputGradient { values: &mut dx, accumulate, sums: None, weight: read };
            backward(
                team,
                Backward {
                    conv,
                    images,
                    input: Input::Stored(&x),
                    output: &output,
                    before: Some(&before),
                    d_output: DOutput::Stored(&d_output),
                    partials: &mut partials,
                    bias,
                    d_input: Some(d_input),
                    scratch: &mut scratch,
                },
            );
            let mut total = vec![0.0f32; conv.partial_len()];
            for group in partials.chunks_exact(conv.partial_len()) {
                total.iter_mut().zip(group).for_each(|(t, g)| *t += g);
            }
            let (dweight, dbias) = total.split_at(conv.weight_len());
            let dx = inside(conv.input, &dx, images, &format!("input gradient of {what}"));
            [conv.unpack_weight(dweight), conv.unpack_bias(dbias), dx]
        };
        let [dweight, dbias, put] = gradients(false, true);
        let [again, none, added] = gradients(true, false);
        same_bits(&again, &dweight, &format!("the weight's gradient without the bias' of {what}"));
        assert!(none.iter().all(|&value| value == 0.0), "a bias gradient that nobody wants, of {what}");
        Outcome([inside(conv.output, &output, images, what), dweight, dbias, put, added])
    }
}

#[test]
fn equals_the_reference_bit_for_bit() {
    let (mut teams, mut seen) = (teams(), BTreeSet::new());
    for (number, shape) in SHAPES.iter().enumerate() {
        let activations = [None, Some(Activation::ReLU), another(number)];
        for (data, activation) in activations.into_iter().cycle().take(MAKERS.len()).enumerate() {
            let (conv, geometry) = conv(shape, activation);
            let (values, make) = MAKERS[data];
            let (images, seed) = (shape[0], 3000 + 10 * number as u64);
            let case = Case {
                conv,
                geometry,
                images,
                x: make(seed, images * geometry.input_len()),
                weight: uniform(seed + 1, geometry.weight_len()),
                bias: uniform(seed + 2, geometry.out_channels),
                dy: make(seed + 3, images * geometry.output_len()),
                dx: uniform(seed + 4, images * geometry.input_len()),
            };
            let Outcome(expected) = case.reference();
            for team in &mut teams {
                let what = format!("{conv:?} {values} {seed} {team:?}");
                let Outcome(got) = case.kernel(team, &what);
                let names = ["output", "weight", "bias", "input gradient", "input gradient added"];
                for ((name, got), expected) in names.into_iter().zip(got).zip(&expected) {
                    same_bits(&got, expected, &format!("{name} of {what}"));
                }
            }
            seen.insert(kernel_of(&conv));
        }
    }
    assert_eq!(seen, BTreeSet::from_iter(kernels()), "kernels that were compared");
}
