//! Finite differences: each layer's gradients through the plain executor in f64, for the parameters of
//! the layer and, by a convolution in front of it, for its input.

use toile_kernels::random::{Purpose, Stream};
use toile_nn::description::*;
use toile_nn::executor::Training;
use toile_nn::optimizer::{Optimizer, SGD};
use toile_nn::plain::{PlainBatch, PlainExecutor};
use toile_nn::state::StateDict;

const IMAGES: usize = 11; // More than one group of 8, and not a whole second one.
const CLASSES: usize = 3;

/// A convolution with a bias.
fn conv(out_channels: usize, kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2]) -> Layer {
    let [kernel_size, stride, padding] = [kernel, stride, padding].map(pair);
    Layer::Conv2d(Conv2d { out_channels, kernel_size, stride, padding, ..Conv2d::new(1, 1) })
}

fn pair([height, width]: [usize; 2]) -> Pair {
    Pair { height, width }
}

fn max_pool(kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2], ceil_mode: bool) -> Layer {
    let [kernel_size, stride, padding] = [kernel, stride, padding].map(pair);
    Layer::MaxPool2d(MaxPool2d { kernel_size, stride, padding, ceil_mode })
}

fn avg_pool(kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2], flags: [bool; 2]) -> Layer {
    let [kernel_size, stride, padding] = [kernel, stride, padding].map(pair);
    let [ceil_mode, count_include_pad] = flags;
    Layer::AvgPool2d(AvgPool2d { kernel_size, stride, padding, ceil_mode, count_include_pad })
}

fn linear(out_features: usize, bias: bool) -> Layer {
    Layer::Linear(Linear { out_features, bias, ..Linear::new(1) })
}

/// Checks the gradients of images of `input` shape (channels, height, width) through a 1x1 convolution of
/// 2 channels, `layers`, and, unless `layers` end in features, Flatten; then a linear layer to the classes.
fn check(input: [usize; 3], layers: &[Layer], label_smoothing: f64) {
    let mut list = vec![conv(2, [1, 1], [1, 1], [0, 0])];
    list.extend_from_slice(layers);
    if !layers.contains(&Layer::Flatten(Flatten)) {
        list.push(Layer::Flatten(Flatten));
    }
    list.extend([linear(CLASSES, true), Layer::LogSoftmax(LogSoftmax)]);
    let network = resolve(input, &list, CLASSES).unwrap_or_else(|e| panic!("{layers:?}: {e}"));
    let optimizer = Optimizer::SGD(SGD { momentum: 0.0, weight_decay: 0.0, nesterov: false });
    let training = Training { label_smoothing, ..Training::new(optimizer, 5) };
    let mut executor = PlainExecutor::<f64>::new(&network, training);
    // Scales and shifts other than 1 and 0.
    let mut state = executor.state().clone();
    for (ordinal, (name, tensor)) in state.entries.iter_mut().enumerate() {
        if name.starts_with("bn") || name.starts_with("gn") {
            let stream = Stream::new(6, Purpose::Init(ordinal as u16), 0, 0);
            tensor.data = (0..tensor.data.len() as u32).map(|i| 0.5 + f64::from(stream.uniform(i))).collect();
        }
    }
    executor.set_state(&state).unwrap();

    let stream = Stream::new(7, Purpose::Split, 0, 0);
    let pixels = (0..(IMAGES * network.input.len()) as u32).map(|i| 2.0 * f64::from(stream.uniform(i)) - 1.0);
    let images: Vec<f64> = pixels.collect();
    let labels: Vec<u32> = (0..IMAGES as u32).map(|i| i * 7 % CLASSES as u32).collect();
    let image_ids: Vec<u32> = (100..100 + IMAGES as u32).collect();
    let batch = PlainBatch { images: &images, labels: &labels, image_ids: &image_ids, mixed: None };
    let gradients = executor.gradients(batch, 1, None).gradients;

    let mut loss_at = |state: &StateDict<f64>| {
        executor.set_state(state).unwrap();
        executor.gradients(batch, 1, None).loss_mean
    };
    let step = 1e-5;
    for (name, gradient) in &gradients.entries {
        for (i, &got) in gradient.data.iter().enumerate() {
            let at = state.get(name).unwrap().data[i];
            let mut difference = 0.0;
            for sign in [1.0, -1.0] {
                state.get_mut(name).unwrap().data[i] = at + sign * step;
                difference += sign * loss_at(&state);
            }
            state.get_mut(name).unwrap().data[i] = at;
            let expected = difference / (2.0 * step);
            // Rounding: 1e-16 / 1e-5; truncation: 1e-10 times a third derivative of at most some tens.
            assert!(
                (got - expected).abs() <= 1e-8,
                "{layers:?}: d{name}[{i}] = {got}, finite differences say {expected}"
            );
        }
    }
}

#[test]
fn convolutions() {
    let without_bias = Layer::Conv2d(Conv2d {
        out_channels: 3,
        kernel_size: Pair::square(3),
        stride: Pair::square(1),
        padding: Pair::square(1),
        bias: false,
        ..Conv2d::new(1, 1)
    });
    for (input, layer) in [
        ([1, 5, 4], without_bias),
        ([1, 5, 4], conv(3, [3, 3], [1, 1], [0, 0])),
        ([2, 5, 6], conv(2, [2, 2], [1, 1], [1, 1])),
        ([1, 7, 6], conv(2, [3, 3], [2, 2], [1, 1])),
        ([1, 6, 7], conv(2, [5, 5], [1, 1], [2, 2])),
        ([1, 7, 8], conv(2, [7, 7], [2, 2], [3, 3])),
        ([1, 7, 9], conv(2, [2, 3], [3, 2], [0, 1])),
        ([1, 6, 5], conv(3, [1, 1], [2, 2], [0, 0])),
        ([1, 4, 4], conv(2, [3, 3], [1, 1], [3, 2])),
        // The last rows and columns meet no window.
        ([1, 6, 6], conv(2, [3, 3], [2, 2], [0, 0])),
        ([1, 4, 6], conv(2, [1, 2], [4, 3], [0, 0])),
    ] {
        check(input, &[layer], 0.0);
    }
}

#[test]
fn grouped_and_dilated_convolutions() {
    let of = |out_channels, groups, kernel: [usize; 2], stride: [usize; 2], dilation: [usize; 2]| {
        let [kernel_size, stride, dilation] = [kernel, stride, dilation].map(pair);
        let padding = pair([1, 1]);
        Layer::Conv2d(Conv2d {
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            ..Conv2d::new(1, 1)
        })
    };
    for (input, layers) in [
        ([1, 5, 4], vec![of(2, 2, [3, 3], [1, 1], [1, 1])]),
        ([1, 5, 6], vec![of(2, 2, [3, 2], [2, 3], [2, 1])]),
        ([1, 5, 4], vec![conv(4, [1, 1], [1, 1], [0, 0]), of(6, 2, [2, 3], [1, 2], [1, 1])]),
        ([1, 6, 5], vec![of(2, 1, [3, 2], [1, 1], [2, 3])]),
        ([1, 6, 6], vec![of(4, 2, [2, 2], [3, 2], [3, 2]), Layer::GELU(GELU { tanh: false })]),
    ] {
        check(input, &layers, 0.0);
    }
}

#[test]
fn squeezing() {
    for scale_activation in [ScaleActivation::Sigmoid, ScaleActivation::Hardsigmoid] {
        let squeeze = SqueezeExcitation { scale_activation, ..SqueezeExcitation::new(3) };
        check([1, 3, 4], &[conv(4, [1, 1], [1, 1], [0, 0]), squeeze.into()], 0.0);
    }
}

#[test]
fn max_pools() {
    for (input, layer) in [
        ([1, 6, 4], max_pool([2, 2], [2, 2], [0, 0], false)),
        ([1, 7, 5], max_pool([2, 2], [2, 2], [0, 0], true)),
        ([1, 7, 6], max_pool([3, 3], [2, 2], [1, 1], false)),
        ([1, 6, 6], max_pool([3, 2], [1, 2], [1, 0], true)),
        ([1, 5, 5], max_pool([3, 3], [1, 1], [0, 0], false)),
        ([1, 8, 8], max_pool([2, 2], [3, 3], [0, 0], true)),
    ] {
        check(input, &[layer], 0.0);
    }
}

#[test]
fn avg_pools() {
    for flags in [[false, false], [false, true], [true, false], [true, true]] {
        for (input, kernel, stride, padding) in [
            ([1, 6, 4], [2, 2], [2, 2], [0, 0]),
            ([1, 7, 6], [3, 3], [2, 2], [1, 1]),
            ([1, 6, 5], [3, 2], [1, 2], [1, 1]),
            ([1, 8, 7], [2, 4], [3, 2], [1, 0]),
        ] {
            check(input, &[avg_pool(kernel, stride, padding, flags)], 0.0);
        }
    }
    for (input, output) in [([1, 7, 5], [3, 2]), ([1, 4, 6], [1, 1]), ([1, 3, 3], [5, 4])] {
        check(input, &[Layer::AdaptiveMaxPool2d(AdaptiveMaxPool2d { output_size: pair(output) })], 0.0);
        check(input, &[Layer::AdaptiveAvgPool2d(AdaptiveAvgPool2d { output_size: pair(output) })], 0.0);
    }
}

#[test]
fn activations_and_normalisation() {
    let norm = Layer::BatchNorm2d(BatchNorm2d::default());
    let group = |num_groups| Layer::GroupNorm(GroupNorm::new(num_groups));
    for layers in [
        &[Layer::ReLU(ReLU)][..],
        &[Layer::GELU(GELU { tanh: false })],
        &[Layer::GELU(GELU { tanh: true })],
        &[Layer::Identity(Identity), Layer::ReLU(ReLU)],
        &[Hardswish.into()],
        &[SiLU.into()],
        &[LeakyReLU { negative_slope: 0.2 }.into()],
        std::slice::from_ref(&norm),
        &[conv(4, [3, 3], [1, 1], [1, 1]), group(2), Layer::ReLU(ReLU), group(1)],
        &[conv(3, [1, 1], [1, 1], [0, 0]), group(3), Layer::GELU(GELU { tanh: false })],
        &[GroupNorm { affine: false, eps: 0.1, ..GroupNorm::new(1) }.into()],
        &[conv(3, [3, 3], [1, 1], [1, 1]), norm.clone(), Layer::ReLU(ReLU)],
        &[
            Layer::BatchNorm2d(BatchNorm2d { eps: 0.1, momentum: Some(1.0), ..BatchNorm2d::default() }),
            norm.clone(),
        ],
    ] {
        check([1, 5, 3], layers, 0.0);
    }
}

#[test]
fn dropout() {
    for layers in [
        &[Layer::Dropout(Dropout { p: 0.3 })][..],
        &[Layer::Dropout2d(Dropout2d { p: 0.4 })],
        &[
            Layer::Flatten(Flatten),
            Layer::Dropout(Dropout { p: 0.25 }),
            linear(5, true),
            Layer::Dropout(Dropout { p: 0.5 }),
        ],
        &[Layer::Dropout(Dropout { p: 0.0 })],
    ] {
        check([2, 3, 4], layers, 0.0);
    }
}

#[test]
fn linear_layers_and_label_smoothing() {
    for label_smoothing in [0.0, 0.1, 0.9] {
        for layers in [
            &[Layer::Flatten(Flatten)][..],
            // 24, 17 and 33 features: more than the 16 lanes, and not a multiple.
            &[
                Layer::Flatten(Flatten),
                linear(17, true),
                Layer::ReLU(ReLU),
                linear(33, false),
                Layer::GELU(GELU { tanh: true }),
            ],
            // The columns' permutation survives layers between Flatten and Linear.
            &[Layer::Flatten(Flatten), Layer::ReLU(ReLU), linear(4, true)],
        ] {
            check([1, 3, 4], layers, label_smoothing);
        }
    }
}

#[test]
fn residual_blocks() {
    let block = |layers: &[Layer], projection| {
        Layer::Residual(Residual { projection, ..Residual::new(layers.to_vec()) })
    };
    let keep = conv(2, [3, 3], [1, 1], [1, 1]);
    let norm = Layer::BatchNorm2d(BatchNorm2d::default());
    let half = conv(4, [3, 3], [2, 2], [1, 1]);
    for layers in [
        &[block(std::slice::from_ref(&keep), false)][..],
        &[block(&[Layer::ReLU(ReLU)], false), Layer::ReLU(ReLU)],
        &[
            block(&[keep.clone(), norm.clone(), Layer::ReLU(ReLU), keep.clone(), norm.clone()], false),
            Layer::ReLU(ReLU),
        ],
        &[block(&[norm.clone(), Layer::ReLU(ReLU), half.clone()], true), Layer::ReLU(ReLU)],
        // Blocks in a block: the inner skips read the outer block's tensors.
        &[block(
            &[block(std::slice::from_ref(&keep), false), block(std::slice::from_ref(&norm), false)],
            false,
        )],
        &[block(&[max_pool([3, 3], [1, 1], [1, 1], false)], false)],
        &[block(&[avg_pool([3, 3], [1, 1], [1, 1], [false, true])], false)],
        &[block(&[Layer::Dropout(Dropout { p: 0.5 })], false)],
        &[Residual { stochastic_depth: 0.4, ..Residual::new(vec![keep.clone(), norm.clone()]) }.into()],
        &[Residual { stochastic_depth: 0.6, projection: true, ..Residual::new(vec![half.clone()]) }.into()],
        &[block(&[Layer::GELU(GELU { tanh: false })], false)],
        &[Layer::Flatten(Flatten), linear(6, true), block(&[linear(6, true), Layer::ReLU(ReLU)], false)],
    ] {
        check([1, 4, 3], layers, 0.0);
    }
}
