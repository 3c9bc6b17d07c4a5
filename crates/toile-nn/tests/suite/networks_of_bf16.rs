//! Networks that are trained with products of bf16.

use toile_kernels::precision::Precision;
use toile_nn::description::*;
use toile_nn::layers;

use crate::networks::{conv, linear};

/// Winograd's tiles of either size, odd numbers of channels, windows with strides, projections, pools and activations.
pub fn networks_of_bf16() -> Vec<(&'static str, Network)> {
    let relu = || Layer::from(ReLU);
    let block = vec![conv(34, 3, 2, 1), BatchNorm2d::default().into(), relu(), conv(34, 3, 1, 1)];
    let block = Layer::Residual(Residual { projection: true, ..Residual::new(block) });
    let residual =
        vec![conv(33, 3, 1, 1), BatchNorm2d::default().into(), relu(), block, GELU { tanh: false }.into()];
    let pooled = vec![
        conv(16, 3, 1, 1),
        MaxPool2d::new(2).into(),
        GELU { tanh: false }.into(),
        conv(18, 3, 1, 1),
        relu(),
        MaxPool2d::new(2).into(),
        conv(20, 3, 1, 1),
    ];
    let network = |shape, mut layers: Vec<Layer>| {
        layers.extend(layers![Flatten]);
        layers.extend([linear(5), LogSoftmax.into()]);
        resolve(shape, &layers, 5).expect("a network").with_precision(Precision::Bf16)
    };
    vec![("residual", network([16, 9, 11], residual)), ("pooled", network([17, 13, 8], pooled))]
}
