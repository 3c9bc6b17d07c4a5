//! The networks and trainings of `bench/golden/cases.py`, written down once more.

use toile_nn::average::Average;
use toile_nn::clip::Clip;
use toile_nn::description::*;
use toile_nn::groups::{ParameterGroup, Selection, Treatment};
use toile_nn::layers;
use toile_nn::optimizer::{Adam, AdamW, AdjustLr, Muon, NAdam, Optimizer, RMSprop, SGD};

/// One training with stored results.
pub(super) struct Case {
    /// Name of its file, and the first part of every name in the formula.
    pub(super) name: &'static str,
    /// Channels, height and width.
    pub(super) input: [usize; 3],
    pub(super) classes: usize,
    pub(super) layers: Vec<Layer>,
    /// Factor of the starting weights.
    pub(super) gain: f64,
    /// Images and starting weights are rounded down to multiples of this.
    pub(super) quantum: Option<f64>,
    /// Optimizer steps.
    pub(super) steps: usize,
    pub(super) label_smoothing: f64,
    pub(super) class_weights: Option<Vec<f32>>,
    /// Whether each image has a second class.
    pub(super) mixed: bool,
    pub(super) optimizer: Optimizer,
    pub(super) learning_rate: f64,
    pub(super) groups: Vec<ParameterGroup>,
    pub(super) clip: Option<Clip>,
    /// What is evaluated in place of the weights at the end, its running statistics made anew from all batches.
    pub(super) average: Option<Average>,
}

/// Optimizer steps of an epoch.
pub(super) const EPOCH_STEPS: usize = 2;

pub(super) fn cases() -> Vec<Case> {
    let adam = |weight_decay| Adam { weight_decay, ..Adam::default() };
    let sgd = |momentum, weight_decay, nesterov| Optimizer::SGD(SGD { momentum, weight_decay, nesterov });
    let plain = |name, input, layers, optimizer, learning_rate| Case {
        name,
        input,
        classes: 10,
        layers,
        gain: 1.0,
        quantum: None,
        steps: 10,
        label_smoothing: 0.0,
        class_weights: None,
        mixed: false,
        optimizer,
        learning_rate,
        groups: vec![],
        clip: None,
        average: None,
    };
    let odd = AdamW { betas: (0.8, 0.95), eps: 1e-6, weight_decay: 0.05 };
    let centered = RMSprop { alpha: 0.9, eps: 1e-6, weight_decay: 0.01, momentum: 0.8, centered: true };
    let decoupled = NAdam {
        betas: (0.8, 0.95),
        eps: 1e-6,
        weight_decay: 0.05,
        momentum_decay: 0.1,
        decoupled_weight_decay: true,
    };
    let weights = vec![0.25, 4.0, 1.0, 0.5, 2.75, 1.5, 0.125, 8.0, 1.25, 3.0];
    let loss = |name, weighted: bool, mixed, label_smoothing| Case {
        label_smoothing,
        class_weights: weighted.then(|| weights.clone()),
        mixed,
        ..plain(name, [1, 8, 8], nesterov(), sgd(0.8, 0.0, false), 0.05)
    };
    let muon = |muon: Muon, lr| Treatment::Own { optimizer: muon.into(), lr };
    let other = Muon {
        weight_decay: 0.3,
        momentum: 0.8,
        nesterov: false,
        ns_coefficients: (2.0, -1.5, 0.5),
        ns_steps: 7,
        adjust_lr_fn: AdjustLr::MatchRmsAdamw,
        ..Muon::default()
    };
    let normalized = Muon {
        weight_decay: 0.0,
        adjust_lr_fn: AdjustLr::SpectralUnclamped,
        normalize_weights: true,
        ..Muon::default()
    };
    vec![
        plain("study_sgd", [1, 28, 28], study(0.0), sgd(0.0, 0.0, false), 0.001),
        plain("study_adam", [1, 28, 28], study(0.5), Optimizer::Adam(adam(0.0)), 0.0001),
        plain("batch_norm", [1, 12, 12], batch_norm(), Optimizer::Adam(adam(0.01)), 0.001),
        plain("residual", [3, 11, 9], residual(), sgd(0.9, 0.0005, false), 0.02),
        Case {
            classes: 7,
            gain: 4.0,
            label_smoothing: 0.1,
            ..plain("odd", [3, 19, 14], odd_layers(), Optimizer::AdamW(odd), 0.002)
        },
        Case {
            label_smoothing: 0.05,
            ..plain("nesterov", [1, 10, 10], nesterov(), sgd(0.8, 0.01, true), 0.05)
        },
        Case {
            gain: 4.0,
            quantum: Some(0.25),
            steps: 1,
            ..plain("ties", [1, 9, 9], ties(), sgd(0.0, 0.0, false), 0.1)
        },
        plain("rmsprop", [1, 10, 10], nesterov(), RMSprop::default().into(), 0.01),
        plain("rmsprop_centered", [1, 10, 10], nesterov(), centered.into(), 0.002),
        plain("nadam", [1, 10, 10], nesterov(), NAdam::default().into(), 0.002),
        plain("nadam_decoupled", [1, 10, 10], nesterov(), decoupled.into(), 0.005),
        plain("group_norm", [2, 8, 7], group_norm(), sgd(0.9, 0.0005, false), 0.02),
        Case {
            gain: 3.0,
            ..plain(
                "leaky_relu",
                [2, 9, 8],
                activated(LeakyReLU { negative_slope: 0.2 }),
                sgd(0.9, 0.0005, false),
                0.01,
            )
        },
        Case { gain: 3.0, ..plain("silu", [2, 9, 8], activated(SiLU), sgd(0.9, 0.0005, false), 0.01) },
        Case {
            gain: 3.0,
            ..plain("hardswish", [2, 9, 8], activated(Hardswish), sgd(0.9, 0.0005, false), 0.01)
        },
        loss("weighted", true, false, 0.0),
        loss("weighted_smooth", true, false, 0.1),
        loss("mixed", false, true, 0.0),
        loss("mixed_smooth", false, true, 0.1),
        loss("mixed_weighted", true, true, 0.1),
        Case {
            groups: vec![
                group("conv1.*", Treatment::Frozen),
                group("bn1.*", Treatment::Frozen),
                group("*.bias", Treatment::Changed { lr: Some(0.05), weight_decay: Some(0.001) }),
                group("fc?.weight", Treatment::Changed { lr: Some(0.01), weight_decay: Some(0.1) }),
            ],
            ..plain("groups", [1, 12, 12], batch_norm_alone(), sgd(0.9, 0.01, false), 0.02)
        },
        Case {
            groups: vec![
                group("conv?.weight", muon(Muon::default(), 0.02)),
                group("fc?.weight", muon(other, 0.01)),
            ],
            ..plain("muon", [1, 12, 12], batch_norm_alone(), sgd(0.9, 0.01, false), 0.02)
        },
        Case {
            gain: 2.0,
            groups: vec![group("*.weight", muon(normalized, 0.05))],
            ..plain("muon_normalized", [2, 9, 8], identity(), AdamW::default().into(), 0.002)
        },
        Case {
            clip: Some(Clip::Norm(2.0)),
            ..plain("clip_norm", [1, 12, 12], batch_norm_alone(), sgd(0.8, 0.01, false), 0.05)
        },
        Case {
            clip: Some(Clip::Value(0.01)),
            ..plain("clip_value", [1, 10, 10], nesterov(), Optimizer::Adam(adam(0.0)), 0.001)
        },
        Case { gain: 2.0, ..plain("modern", [2, 11, 9], modern(), sgd(0.9, 0.0005, false), 0.02) },
        Case {
            gain: 3.0,
            ..plain("partly_learnt", [2, 9, 8], partly_learnt(), sgd(0.9, 0.0005, false), 0.05)
        },
        Case { gain: 2.0, ..plain("identity", [2, 9, 8], identity(), sgd(0.9, 0.0, false), 0.05) },
        Case {
            average: Some(Average::Swa { start: 0.4 }),
            ..plain("swa", [2, 9, 8], averaged(), sgd(0.9, 0.0005, false), 0.1)
        },
    ]
}

/// A normalisation behind dropout, whose statistics are of what dropout leaves; one that follows with a momentum, one
/// whose statistics are means, and a frozen weight.
fn averaged() -> Vec<Layer> {
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

fn group(name: &str, treatment: Treatment) -> ParameterGroup {
    ParameterGroup { select: Selection { name: Some(name.to_string()), ..Selection::default() }, treatment }
}

/// Without its dropout.
fn batch_norm_alone() -> Vec<Layer> {
    let mut layers = batch_norm();
    for layer in &mut layers {
        if let Layer::Dropout(dropout) = layer {
            dropout.p = 0.0;
        }
    }
    layers
}

fn study(dropout: f64) -> Vec<Layer> {
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

fn partly_learnt() -> Vec<Layer> {
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

fn batch_norm() -> Vec<Layer> {
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

fn residual() -> Vec<Layer> {
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
fn odd_layers() -> Vec<Layer> {
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

fn nesterov() -> Vec<Layer> {
    vec![
        conv(Conv2d { padding: Pair::square(2), ..square(6, 5) }),
        Layer::ReLU(ReLU),
        max_pool(2),
        Layer::Flatten(Flatten),
        linear(10),
        Layer::LogSoftmax(LogSoftmax),
    ]
}

fn ties() -> Vec<Layer> {
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
fn identity() -> Vec<Layer> {
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
fn modern() -> Vec<Layer> {
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
fn group_norm() -> Vec<Layer> {
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
fn activated(layer: impl Into<Layer>) -> Vec<Layer> {
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
