//! The layers of `bench/golden/cases.py`, written down once more.

use toile_nn::description::*;
use toile_nn::layers;

/// Without its dropout.
pub(super) fn batch_norm_alone() -> Vec<Layer> {
    let mut layers = batch_norm();
    for layer in &mut layers {
        if let Layer::Dropout(dropout) = layer {
            dropout.p = 0.0;
        }
    }
    layers
}

pub(super) fn study(dropout: f64) -> Vec<Layer> {
    vec![
        conv(Conv2d { padding: Pair::square(1), ..square(32, 3) }),
        Layer::ReLU(ReLU),
        max_pool(2),
        conv(square(64, 3)),
        Layer::ReLU(ReLU),
        max_pool(2),
        Layer::Flatten(Flatten),
        linear(256),
        Layer::ReLU(ReLU),
        Layer::Dropout(Dropout { p: dropout }),
        linear(128),
        Layer::ReLU(ReLU),
        Layer::Dropout(Dropout { p: dropout }),
        linear(10),
        Layer::LogSoftmax(LogSoftmax),
    ]
}

pub(super) fn partly_learnt() -> Vec<Layer> {
    let norm = |affine, momentum| BatchNorm2d { affine, momentum, ..BatchNorm2d::default() };
    layers![
        Conv2d { frozen: true, ..square(5, 2) },
        GELU { tanh: true },
        Conv2d { frozen: true, bias: false, ..square(4, 3) },
        norm(Affine::Bias, Some(0.4)),
        GELU { tanh: false },
        Scale { value: -0.75 },
        Residual::new(layers![
            Conv2d { padding: Pair::square(1), ..square(4, 3) },
            Scale { value: 1.5 },
            norm(Affine::Neither, None)
        ]),
        norm(Affine::Bias, None),
        MaxPool2d::new(2),
        Flatten,
        Linear { bias: false, ..Linear::new(10) },
        Scale { value: 0.125 },
        LogSoftmax
    ]
}

pub(super) fn batch_norm() -> Vec<Layer> {
    vec![
        conv(Conv2d { padding: Pair::square(1), ..square(8, 3) }),
        norm(),
        Layer::ReLU(ReLU),
        max_pool(2),
        conv(square(12, 3)),
        Layer::BatchNorm2d(BatchNorm2d { eps: 1e-3, momentum: Some(0.25), ..BatchNorm2d::default() }),
        Layer::ReLU(ReLU),
        max_pool(2),
        Layer::Flatten(Flatten),
        linear(24),
        Layer::Dropout(Dropout { p: 0.25 }),
        linear(16),
        linear(10),
        Layer::LogSoftmax(LogSoftmax),
    ]
}

pub(super) fn residual() -> Vec<Layer> {
    let padded = |channels| conv(Conv2d { padding: Pair::square(1), ..square(channels, 3) });
    let block = |layers, projection| Layer::Residual(Residual { projection, ..Residual::new(layers) });
    vec![
        conv(Conv2d { padding: Pair::square(1), bias: false, ..square(8, 3) }),
        norm(),
        Layer::ReLU(ReLU),
        block(vec![padded(8), norm(), Layer::ReLU(ReLU), padded(8), norm()], false),
        Layer::ReLU(ReLU),
        block(
            vec![
                conv(Conv2d { stride: Pair::square(2), padding: Pair::square(1), ..square(16, 3) }),
                Layer::ReLU(ReLU),
                block(vec![padded(16), gelu(false)], false),
            ],
            true,
        ),
        Layer::ReLU(ReLU),
        Layer::AdaptiveAvgPool2d(AdaptiveAvgPool2d { output_size: Pair::square(1) }),
        Layer::Flatten(Flatten),
        linear(10),
        Layer::LogSoftmax(LogSoftmax),
    ]
}

/// Everything PyTorch rounds, pads or counts in a way of its own.
pub(super) fn odd_layers() -> Vec<Layer> {
    vec![
        conv(Conv2d {
            kernel_size: pair(3, 2),
            stride: pair(2, 1),
            padding: pair(1, 0),
            bias: false,
            ..square(8, 0)
        }),
        gelu(false),
        Layer::MaxPool2d(MaxPool2d {
            kernel_size: pair(3, 2),
            stride: pair(2, 3),
            padding: pair(1, 1),
            ceil_mode: true,
        }),
        Layer::Dropout2d(Dropout2d { p: 0.25 }),
        conv(Conv2d { kernel_size: pair(1, 3), padding: pair(0, 1), ..square(12, 0) }),
        gelu(true),
        Layer::AvgPool2d(AvgPool2d {
            kernel_size: pair(3, 3),
            stride: pair(2, 2),
            padding: pair(1, 1),
            ceil_mode: true,
            count_include_pad: true,
        }),
        conv(Conv2d { padding: Pair::square(1), bias: false, ..square(10, 2) }),
        gelu(false),
        Layer::AvgPool2d(AvgPool2d {
            kernel_size: pair(2, 3),
            stride: pair(2, 1),
            padding: pair(1, 1),
            ceil_mode: false,
            count_include_pad: false,
        }),
        Layer::AdaptiveAvgPool2d(AdaptiveAvgPool2d { output_size: pair(2, 3) }),
        Layer::Dropout(Dropout { p: 0.5 }),
        Layer::Flatten(Flatten),
        Layer::Linear(Linear { out_features: 20, bias: false, ..Linear::new(1) }),
        gelu(false),
        Layer::Linear(Linear { out_features: 7, bias: false, ..Linear::new(1) }),
        Layer::LogSoftmax(LogSoftmax),
    ]
}

pub(super) fn nesterov() -> Vec<Layer> {
    vec![
        conv(Conv2d { padding: Pair::square(2), ..square(6, 5) }),
        Layer::ReLU(ReLU),
        max_pool(2),
        Layer::Flatten(Flatten),
        linear(10),
        Layer::LogSoftmax(LogSoftmax),
    ]
}

pub(super) fn ties() -> Vec<Layer> {
    vec![
        conv(Conv2d { padding: Pair::square(1), ..square(6, 3) }),
        Layer::MaxPool2d(MaxPool2d {
            kernel_size: pair(3, 3),
            stride: pair(2, 2),
            padding: pair(1, 1),
            ceil_mode: false,
        }),
        Layer::ReLU(ReLU),
        Layer::Flatten(Flatten),
        linear(10),
        Layer::LogSoftmax(LogSoftmax),
    ]
}

/// Nothing where a stage might take it on the way, inside a block, around Flatten, and as the first layer.
pub(super) fn identity() -> Vec<Layer> {
    let padded = Conv2d { padding: Pair::square(1), ..Conv2d::new(4, 3) };
    layers![
        Identity,
        Conv2d::new(4, 3),
        Identity,
        ReLU,
        Identity,
        MaxPool2d::new(2),
        Residual::new(layers![Identity, padded, Identity]),
        Identity,
        Flatten,
        Identity,
        Linear::new(10),
        Identity,
        LogSoftmax,
    ]
}

/// What small modern networks are made of.
pub(super) fn modern() -> Vec<Layer> {
    let depthwise = |kernel: usize, stride: usize| Conv2d {
        stride: Pair::square(stride),
        padding: Pair::square(kernel / 2),
        bias: false,
        ..Conv2d::depthwise(6, kernel)
    };
    let hard =
        SqueezeExcitation { scale_activation: ScaleActivation::Hardsigmoid, ..SqueezeExcitation::new(2) };
    let block = layers![depthwise(5, 1), BatchNorm2d::default(), hard, Conv2d::new(6, 1)];
    let strided = layers![depthwise(3, 2), BatchNorm2d::default(), Conv2d { groups: 2, ..Conv2d::new(8, 1) }];
    layers![
        Conv2d { padding: Pair::square(1), ..Conv2d::new(6, 3) },
        Conv2d {
            kernel_size: pair(3, 2),
            padding: pair(1, 2),
            dilation: pair(1, 3),
            groups: 3,
            ..Conv2d::new(6, 0)
        },
        SiLU,
        Conv2d {
            kernel_size: pair(2, 3),
            stride: pair(1, 2),
            padding: pair(1, 2),
            dilation: pair(3, 2),
            ..Conv2d::new(6, 0)
        },
        Residual { stochastic_depth: 0.3, ..Residual::new(block) },
        Residual { stochastic_depth: 0.5, projection: true, ..Residual::new(strided) },
        SqueezeExcitation::new(3),
        AdaptiveMaxPool2d { output_size: pair(4, 2) },
        Flatten,
        Linear::new(10),
        LogSoftmax,
    ]
}

/// Groups of one, of some and of all channels, with and without parameters, in front of ReLU, of pooling and of
/// a sum.
pub(super) fn group_norm() -> Vec<Layer> {
    let padded = Conv2d { padding: Pair::square(1), ..Conv2d::new(6, 3) };
    let block = layers![
        padded,
        GroupNorm { eps: 1e-3, ..GroupNorm::new(1) },
        GELU { tanh: true },
        Conv2d::new(6, 1),
        GroupNorm { affine: false, ..GroupNorm::new(6) },
    ];
    layers![
        padded,
        GroupNorm::new(3),
        ReLU,
        Residual::new(block),
        GroupNorm::new(2),
        MaxPool2d::new(2),
        Flatten,
        Linear::new(10),
        LogSoftmax,
    ]
}

/// An activation behind everything that might do it on the way, and by itself.
pub(super) fn activated(layer: impl Into<Layer>) -> Vec<Layer> {
    let layer: Layer = layer.into();
    let layer = || layer.clone();
    layers![
        Conv2d::new(5, 3),
        layer(),
        Conv2d { padding: Pair::square(1), ..Conv2d::new(4, 3) },
        BatchNorm2d::default(),
        layer(),
        Residual::new(layers![Conv2d::new(4, 1), GroupNorm::new(2), layer()]),
        layer(),
        MaxPool2d::new(2),
        Flatten,
        Linear::new(12),
        layer(),
        Linear::new(10),
        LogSoftmax,
    ]
}

/// A normalisation behind dropout, whose statistics are of what dropout leaves; one that follows with a momentum, one
/// whose statistics are means, and a frozen weight.
pub(super) fn averaged() -> Vec<Layer> {
    layers![
        Conv2d { frozen: true, ..Conv2d::new(6, 3) },
        BatchNorm2d::default(),
        ReLU,
        Dropout2d { p: 0.25 },
        Conv2d { padding: Pair::square(1), bias: false, ..Conv2d::new(5, 3) },
        BatchNorm2d { affine: Affine::Bias, momentum: None, ..BatchNorm2d::default() },
        ReLU,
        MaxPool2d::new(2),
        Flatten,
        Dropout { p: 0.5 },
        Linear::new(10),
        LogSoftmax
    ]
}

fn pair(height: usize, width: usize) -> Pair {
    Pair { height, width }
}

/// PyTorch's defaults around a square kernel.
fn square(out_channels: usize, kernel: usize) -> Conv2d {
    Conv2d::new(out_channels, kernel)
}

fn conv(conv: Conv2d) -> Layer {
    Layer::Conv2d(conv)
}

fn norm() -> Layer {
    Layer::BatchNorm2d(BatchNorm2d::default())
}

fn gelu(tanh: bool) -> Layer {
    Layer::GELU(GELU { tanh })
}

fn linear(out_features: usize) -> Layer {
    Layer::Linear(Linear { out_features, bias: true, ..Linear::new(1) })
}

fn max_pool(side: usize) -> Layer {
    let side = Pair::square(side);
    Layer::MaxPool2d(MaxPool2d {
        kernel_size: side,
        stride: side,
        padding: Pair::square(0),
        ceil_mode: false,
    })
}
