//! What MobileNet and its kin are made of.

use toile_nn::description::*;
use toile_nn::layers;

use super::{conv, pool};

/// Normalisations that one convolution alone reads: of the images themselves, in front of a depthwise one, a strided one and
/// one that is max-pooled.
pub fn left_normalisations() -> Vec<Layer> {
    let depthwise = Conv2d { padding: Pair::square(1), bias: false, ..Conv2d::depthwise(18, 3) };
    layers![
        BatchNorm2d::default(),
        conv(18, 3, 1, 1),
        BatchNorm2d::default(),
        // No normalisation behind this one: it would take each scale away again.
        depthwise,
        ReLU,
        conv(20, 3, 2, 1),
        BatchNorm2d::default(),
        ReLU,
        conv(17, 3, 1, 1),
        ReLU,
        pool(2),
        Flatten,
        Linear::new(5),
        LogSoftmax,
    ]
}

/// What small modern networks are made of: depthwise and pointwise convolutions, squeezing, stochastic depth.
pub fn inverted_residuals() -> Vec<Layer> {
    let depthwise = |kernel: usize, stride: usize| Conv2d {
        stride: Pair::square(stride),
        padding: Pair::square(kernel / 2),
        bias: false,
        ..Conv2d::depthwise(18, kernel)
    };
    let block = layers![
        conv(18, 1, 1, 0),
        BatchNorm2d::default(),
        // A scale in front of ReLU and a depthwise convolution would be normalised away, and have no gradient.
        Hardswish,
        depthwise(5, 1),
        BatchNorm2d::default(),
        ReLU,
        SqueezeExcitation { scale_activation: ScaleActivation::Hardsigmoid, ..SqueezeExcitation::new(5) },
        conv(6, 1, 1, 0),
        BatchNorm2d::default(),
    ];
    layers![
        conv(6, 3, 1, 1),
        BatchNorm2d::default(),
        ReLU,
        Residual { stochastic_depth: 0.3, ..Residual::new(block) },
        ReLU,
        conv(18, 1, 1, 0),
        Residual {
            stochastic_depth: 0.5,
            projection: true,
            ..Residual::new(layers![depthwise(3, 2), BatchNorm2d::default(), SqueezeExcitation::new(3)])
        },
        AdaptiveMaxPool2d { output_size: Pair { height: 2, width: 3 } },
        Flatten,
        Linear::new(5),
        LogSoftmax,
    ]
}
