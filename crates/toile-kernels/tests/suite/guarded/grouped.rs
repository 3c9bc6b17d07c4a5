//! Grouped and dilated convolution, and squeeze-and-excitation, between the pages.

use toile_kernels::activation::Activation;
use toile_kernels::batch_norm::{DOutput, Input};
use toile_kernels::grouped_conv2d::{self, GroupedConv2d, InputGradient};
use toile_kernels::layout::Layout;
use toile_kernels::squeeze_excitation::{self, Gate, SqueezeExcitation, Workspace};

use super::made::MadeInput;
use super::{Bench, IMAGES, images, images_mut, layouts};
use crate::grouped_conv2d::{SHAPES, conv};
use crate::support::another;

#[test]
fn grouped_convolution() {
    for mut bench in Bench::all() {
        for (number, shape) in SHAPES.iter().enumerate() {
            for activation in [None, Some(Activation::ReLU), another(number)] {
                let (framed, _) = conv(shape, activation);
                let dense = |l: Layout| Layout::dense([l.channels, l.height, l.width]);
                let [border_rows, border_columns] = framed.padding;
                let input = Layout { border_rows, border_columns, ..dense(framed.input) };
                convolve(&mut bench, GroupedConv2d { input, output: dense(framed.output), ..framed });
            }
        }
    }
}

fn convolve(bench: &mut Bench, conv: GroupedConv2d) {
    let (input, weight) = (bench.values(conv.input.buffer_len(IMAGES)), bench.values(conv.weight_len()));
    let bias = bench.values(conv.bias_len());
    let mut output = bench.values(conv.output.buffer_len(IMAGES));
    let mut before = bench.values(conv.before_len(IMAGES));
    grouped_conv2d::forward(
        &mut bench.team,
        grouped_conv2d::Forward {
            conv,
            images: IMAGES,
            input: Input::Stored(&input),
            weight: &weight,
            bias: Some(&bias),
            output: &mut output,
            before: Some(&mut before[..]).filter(|before| !before.is_empty()),
            moments: None,
        },
    );
    let d_output = bench.values(output.len());
    let mut partials = bench.values(conv.partial_len());
    let (mut d_input, mut scratch) = (bench.values(input.len()), bench.values(conv.scratch_len()));
    let mut mirror = bench.values(conv.mirror_len());
    conv.renew_mirror(&weight, &mut mirror);
    let mut made = MadeInput::new(bench, conv.input);
    for (accumulate, is_made) in [(false, false), (true, false), (false, true)] {
        let read = if conv.is_depthwise() { &weight } else { &mirror };
        let (input, sums) = match is_made {
            true => made.input_and_sums(),
            false => (Input::Stored(&input), None),
        };
        let args = grouped_conv2d::Backward {
            conv,
            images: IMAGES,
            input,
            output: &output,
            before: Some(&before),
            d_output: DOutput::Stored(&d_output),
            partials: &mut partials,
            bias: true,
            d_input: Some(InputGradient { values: &mut d_input, accumulate, sums, weight: read }),
            scratch: &mut scratch,
        };
        grouped_conv2d::backward(&mut bench.team, args);
    }
}

#[test]
fn squeezing() {
    for mut bench in Bench::all() {
        for layout in layouts() {
            let dims = [layout.channels, layout.height, layout.width];
            let of = SqueezeExcitation { dims, squeezed: 3, gate: Gate::Sigmoid };
            let parameters = of.lens().map(|len| bench.values(len));
            let [x, dy] = [(); 2].map(|()| bench.values(layout.buffer_len(IMAGES)));
            let [mut y, mut dx] = [(); 2].map(|()| bench.values(layout.buffer_len(IMAGES)));
            let mut partials = bench.values(of.partial_len());
            let mut workspace = Workspace::new(of, IMAGES, 1).expect("memory");
            let parameters = parameters.each_ref().map(|values| &values[..]);
            let (to, from) = (images_mut(&mut y, layout), images(&x, layout));
            squeeze_excitation::forward(&mut bench.team, of, IMAGES, parameters, &mut workspace, from, to);
            let args = squeeze_excitation::Backward {
                of,
                images: IMAGES,
                parameters,
                workspace: &mut workspace,
                x: from,
                dy: images(&dy, layout),
                partials: &mut partials,
                dx: Some((false, images_mut(&mut dx, layout))),
            };
            squeeze_excitation::backward(&mut bench.team, args);
        }
    }
}
