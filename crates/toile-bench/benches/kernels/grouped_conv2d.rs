//! Convolutions with groups or dilation.

use criterion::Criterion;
use toile_kernels::GROUP;
use toile_kernels::batch_norm::{DOutput, Input};
use toile_kernels::grouped_conv2d::{
    Backward, Forward, GroupedConv2d, InputGradient, backward, forward, kernel_of, kernels,
};
use toile_kernels::layout::Layout;

use crate::support::{IMAGES, measure, uniform, words};

/// [channels, height, width], output channels, groups, kernel, stride, dilation; padded so that stride 1 keeps the size.
type Row = ([usize; 3], usize, usize, usize, usize, usize);

const SHAPES: [Row; 11] = [
    // The depthwise-separable network's.
    ([32, 28, 28], 32, 32, 3, 1, 1),
    ([64, 28, 28], 64, 64, 3, 2, 1),
    ([128, 14, 14], 128, 128, 3, 1, 1),
    ([128, 14, 14], 128, 128, 3, 2, 1),
    ([256, 7, 7], 256, 256, 3, 1, 1),
    // Larger windows, and one with holes.
    ([48, 28, 28], 48, 48, 5, 2, 1),
    ([96, 14, 14], 96, 96, 5, 1, 1),
    ([40, 14, 14], 40, 40, 7, 1, 1),
    ([64, 14, 14], 64, 64, 3, 1, 2),
    // Groups, and holes alone.
    ([64, 14, 14], 64, 4, 3, 1, 1),
    ([32, 14, 14], 32, 1, 3, 1, 2),
];

fn conv(&([channels, height, width], out, groups, kernel, stride, dilation): &Row) -> GroupedConv2d {
    let padding = kernel / 2 * dilation;
    let input =
        Layout { border_rows: padding, border_columns: padding, ..Layout::dense([channels, height, width]) };
    let mut conv = GroupedConv2d {
        input,
        output: input,
        kernel: [kernel; 2],
        stride: [stride; 2],
        padding: [padding; 2],
        dilation: [dilation; 2],
        groups,
        activation: None,
    };
    let [rows, columns] = conv.conv_size();
    conv.output = Layout::dense([out, rows, columns]);
    conv
}

pub(crate) fn bench(criterion: &mut Criterion) {
    let all = SHAPES.iter().map(conv);
    assert!(kernels().iter().all(|kernel| all.clone().any(|conv| kernel_of(&conv) == *kernel)), "forgotten");
    for (row, conv) in SHAPES.iter().zip(all) {
        let &(shape, out, groups, kernel, stride, dilation) = row;
        let case = format!("{} to {out} g{groups} k{kernel} s{stride} d{dilation}", words(shape));
        let [rows, columns] = conv.conv_size();
        let weights = out * shape[0] / groups * kernel * kernel;
        let operations = 2 * IMAGES * rows * columns * weights;

        let mut input = vec![0.0; conv.input.buffer_len(IMAGES)];
        conv.input.scatter(&uniform(IMAGES * conv.input.image_len()), &mut input);
        let mut weight = vec![0.0; conv.weight_len()];
        conv.pack_weight(&uniform(weights), &mut weight);
        let bias = uniform(conv.bias_len());
        let mut output = vec![0.0; conv.output.buffer_len(IMAGES)];
        measure(criterion, "grouped_conv2d forward", &case, operations, |team| {
            let (images, input, weight, bias, output) =
                (IMAGES, Input::Stored(&input), &weight, Some(&bias[..]), &mut output);
            let args = Forward { conv, images, input, weight, bias, output, before: None, moments: None };
            forward(team, args);
        });

        let d_output = uniform(conv.output.buffer_len(IMAGES));
        let mut d_input = vec![0.0; conv.input.buffer_len(IMAGES)];
        let mut mirror = vec![0.0; conv.mirror_len()];
        conv.renew_mirror(&weight, &mut mirror);
        let mut partials = vec![0.0; IMAGES.div_ceil(GROUP) * conv.partial_len()];
        // Both gradients: twice as many operations.
        measure(criterion, "grouped_conv2d backward", &case, 2 * operations, |team| {
            let weight = if conv.is_depthwise() { &weight } else { &mirror };
            let args = Backward {
                conv,
                images: IMAGES,
                input: Input::Stored(&input),
                output: &output,
                before: None,
                d_output: DOutput::Stored(&d_output),
                partials: &mut partials,
                bias: false,
                d_input: Some(InputGradient { values: &mut d_input, accumulate: false, sums: None, weight }),
                scratch: &mut [],
            };
            backward(team, args);
        });
    }
}
