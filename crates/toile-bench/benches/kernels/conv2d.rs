//! Convolutions.

use criterion::Criterion;
use toile_kernels::GROUP;
use toile_kernels::activation::Activation;
use toile_kernels::batch_norm::{DOutput, Input};
use toile_kernels::buffer::Buffer;
use toile_kernels::conv2d::{
    Again, Algorithms, Backward, Conv2d, Forward, InputGradient, Kernels, Pass, Scratch, backward, forward,
};
use toile_kernels::isa::Isa;
use toile_kernels::layout::Layout;
use toile_kernels::precision::Precision;

use crate::support::{ACTIVATIONS, IMAGES, measure, uniform, words};

/// Panics if a kernel that this machine can run has no row of [`SHAPES`] to be measured with.
fn no_kernel_is_forgotten() {
    let measured = |kernel: &(Pass, &'static str)| {
        let on = |isa| move |(_, conv)| Kernels::of(&conv, isa).contains(kernel);
        Isa::available().into_iter().any(|isa| cases().any(on(isa)))
    };
    let mut missing: Vec<_> = Kernels::all().into_iter().filter(|kernel| !measured(kernel)).collect();
    // One kernel needs registers that only AVX-512 has.
    missing.retain(|(_, name)| Isa::named("avx512").is_some() || *name != "patch, pooled");
    assert!(missing.is_empty(), "no shape measures {missing:?}");
}

/// [channels, height, width], output channels, kernel, stride, padding, pooled.
type Row = ([usize; 3], usize, usize, usize, usize, bool);

const SHAPES: [Row; 17] = [
    // The study's network.
    ([1, 28, 28], 32, 3, 1, 1, true),
    ([32, 14, 14], 64, 3, 1, 0, true),
    // The tutorial's.
    ([1, 28, 28], 16, 5, 1, 2, true),
    ([16, 14, 14], 32, 5, 1, 2, true),
    // Residual blocks, halving and projections.
    ([16, 28, 28], 16, 3, 1, 1, false),
    ([32, 28, 28], 32, 3, 1, 1, false),
    ([32, 28, 28], 64, 3, 2, 1, false),
    ([64, 14, 14], 64, 3, 1, 1, false),
    ([128, 7, 7], 128, 3, 1, 1, false),
    ([64, 14, 14], 128, 1, 2, 0, false),
    // airbench's: channels that do not fill their vectors, odd sizes.
    ([24, 13, 13], 24, 3, 1, 1, false),
    ([96, 6, 6], 96, 3, 1, 1, false),
    ([24, 27, 27], 24, 3, 1, 1, true),
    // Odd ones.
    ([3, 27, 31], 10, 7, 2, 3, false),
    ([5, 27, 31], 7, 2, 1, 0, true),
    ([33, 9, 9], 17, 3, 1, 1, false),
    ([17, 12, 12], 33, 3, 1, 1, true),
];

/// The shapes with ReLU, those that are pooled with other activations too, and those that compute with bf16 with that.
fn cases() -> impl Iterator<Item = (String, Conv2d)> {
    let of_bf16 = cases_of_f32().map(|(case, conv)| (format!("{case} bf16"), conv.choosing(Precision::Bf16)));
    let computes = |(_, conv): &(String, Conv2d)| conv.algorithms.forward.precision() == Precision::Bf16;
    cases_of_f32().chain(of_bf16.filter(computes))
}

fn cases_of_f32() -> impl Iterator<Item = (String, Conv2d)> {
    SHAPES.iter().flat_map(|row| {
        let &(shape, out, kernel, stride, _, pool) = row;
        let activations = if pool { &ACTIVATIONS[..] } else { &ACTIVATIONS[..1] };
        activations.iter().map(move |&(name, activation)| {
            let pooled = if pool { " pooled" } else { "" };
            let case = format!("{} to {out} k{kernel} s{stride} {name}{pooled}", words(shape));
            (case, conv2d(row, activation))
        })
    })
}

fn conv2d(
    &([channels, height, width], out, kernel, stride, padding, pool): &Row,
    activation: Activation,
) -> Conv2d {
    let input =
        Layout { border_rows: padding, border_columns: padding, ..Layout::dense([channels, height, width]) };
    let mut conv = Conv2d {
        input,
        output: Layout::dense([out, 1, 1]),
        kernel: [kernel; 2],
        stride: [stride; 2],
        padding: [padding; 2],
        pool,
        activation: Some(activation),
        pool_first: false,
        algorithms: Algorithms::DIRECT,
    };
    let [rows, columns] = conv.conv_size();
    let shrink = if pool { 2 } else { 1 };
    conv.output = Layout::dense([out, rows / shrink, columns / shrink]);
    conv.choosing(Precision::F32)
}

pub(crate) fn bench(criterion: &mut Criterion) {
    no_kernel_is_forgotten();
    for (case, conv) in cases() {
        let (out, pool) = (conv.output.channels, conv.pool);
        let [rows, columns] = conv.conv_size();
        let operations = 2 * IMAGES * rows * columns * out * conv.window_len();

        let mut input = vec![0.0; conv.input.buffer_len(IMAGES)];
        conv.input.scatter(&uniform(IMAGES * conv.input.image_len()), &mut input);
        let mut weight = vec![0.0; conv.weight_len()];
        conv.pack_weight(&uniform(out * conv.window_len()), &mut weight);
        let bias = uniform(conv.bias_len());
        let mut output = vec![0.0; conv.output.buffer_len(IMAGES)];
        let mut before = vec![0.0; conv.before_len(IMAGES)];
        let mut argmax = vec![0; IMAGES * conv.argmax_len()];
        let mut transformed = vec![0.0; conv.transformed_len()];
        let mut scratch = [Scratch::new(&conv).expect("memory")];
        measure(criterion, "conv2d forward", &case, operations, |team| {
            conv.renew_transformed(team, &weight, &mut transformed);
            let weight = if transformed.is_empty() { &weight } else { &transformed };
            let (images, input) = (IMAGES, Input::Stored(&input));
            let (bias, output) = (Some(&bias[..]), &mut output);
            let (argmax, scratch) = (pool.then_some(&mut argmax[..]), &mut scratch);
            let before = Some(&mut before[..]).filter(|before| !before.is_empty());
            forward(team, Forward { conv, images, input, weight, bias, output, before, argmax, scratch });
        });

        let d_output = uniform(conv.output.buffer_len(IMAGES));
        let mut d_input = vec![0.0; conv.input.buffer_len(IMAGES)];
        let mut mirror = Buffer::zeroed(conv.mirror_len());
        let mut partials = vec![0.0; IMAGES.div_ceil(GROUP) * conv.partial_len()];
        // Both gradients: twice as many operations.
        measure(criterion, "conv2d backward", &case, 2 * operations, |team| {
            conv.renew_mirror(team, &weight, &mut mirror);
            let d_input =
                InputGradient { values: &mut d_input, accumulate: false, sums: None, mirror: &mirror };
            backward(
                team,
                Backward {
                    conv,
                    images: IMAGES,
                    input: Input::Stored(&input),
                    output: &output,
                    before: Some(&before),
                    again: Some(Again { weight: &weight, bias: Some(&bias) }),
                    argmax: pool.then_some(&argmax[..]),
                    d_output: DOutput::Stored(&d_output),
                    partials: Some(&mut partials),
                    bias: true,
                    d_input: Some(d_input),
                    scratch: &mut scratch,
                },
            );
        });
    }
}
