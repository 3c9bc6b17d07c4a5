//! Burn, training the network of a job on its backend for CPUs.

#![recursion_limit = "256"]

use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig, PaddingConfig2d, Relu};
use burn::optim::{AdamConfig, GradientsParams, SgdConfig};
use burn::prelude::*;
use peer_line::epochs::Epochs;
use peer_line::job::{Optimizer, Training};
use peer_line::layers::Layer;
use peer_line::{Failure, job, serve};

/// Burn's tensors have their rank in their type: one list of layers before `Flatten`, one behind it.
#[derive(Module, Debug)]
struct Network {
    on_images: Vec<OnImages>,
    on_features: Vec<OnFeatures>,
}

#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)]
enum OnImages {
    Conv2d(Conv2d),
    Relu(Relu),
    MaxPool2d(MaxPool2d),
}

#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)]
enum OnFeatures {
    Linear(Linear),
    Relu(Relu),
    Dropout(Dropout),
}

impl Network {
    fn new(layers: &[Layer], device: &Device) -> Result<Network, Failure> {
        let mut network = Network { on_images: Vec::new(), on_features: Vec::new() };
        let flatten = layers.iter().position(|&layer| layer == Layer::Flatten).ok_or("no Flatten")?;
        for &layer in &layers[..flatten] {
            network.on_images.push(match layer {
                Layer::Conv2d { from, to, kernel, padding } => OnImages::Conv2d(
                    Conv2dConfig::new([from, to], [kernel; 2])
                        .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
                        .init(device),
                ),
                Layer::ReLU => OnImages::Relu(Relu::new()),
                Layer::MaxPool2d { kernel } => {
                    OnImages::MaxPool2d(MaxPool2dConfig::new([kernel; 2]).with_strides([kernel; 2]).init())
                }
                other => return Err(format!("{other:?} before Flatten").into()),
            });
        }
        for &layer in &layers[flatten + 1..] {
            network.on_features.push(match layer {
                Layer::Linear { from, to } => OnFeatures::Linear(LinearConfig::new(from, to).init(device)),
                Layer::ReLU => OnFeatures::Relu(Relu::new()),
                Layer::Dropout { p } => OnFeatures::Dropout(DropoutConfig::new(p).init()),
                // Part of the cross-entropy loss.
                Layer::LogSoftmax => continue,
                other => return Err(format!("{other:?} behind Flatten").into()),
            });
        }
        Ok(network)
    }

    fn forward(&self, mut images: Tensor<4>) -> Tensor<2> {
        for layer in &self.on_images {
            images = match layer {
                OnImages::Conv2d(conv) => conv.forward(images),
                OnImages::Relu(relu) => relu.forward(images),
                OnImages::MaxPool2d(pool) => pool.forward(images),
            };
        }
        let mut features: Tensor<2> = images.flatten(1, 3);
        for layer in &self.on_features {
            features = match layer {
                OnFeatures::Linear(linear) => linear.forward(features),
                OnFeatures::Relu(relu) => relu.forward(features),
                OnFeatures::Dropout(dropout) => dropout.forward(features),
            };
        }
        features
    }
}

fn main() -> Result<(), Failure> {
    let job = job()?;
    let training = Training::new(&job)?;
    let device = Device::flex().autodiff();
    // The optimizer takes the network and gives it back: a clone would cost it its updates in place.
    let mut place = Some(Network::new(&training.layers, &device)?);
    let cross_entropy = CrossEntropyLossConfig::new().init(&device);
    // Burn's own default is 1e-5.
    let mut adam = AdamConfig::new().with_epsilon(1e-8).init();
    let mut sgd = SgdConfig::new().init();
    let mut epochs = Epochs::new(training.labels.len(), training.batch_size);
    serve(serde_json::json!({ "name": "Burn 0.22.1 (flex)" }), |wanted| {
        let mut network = place.take().ok_or("an earlier part failed")?;
        let (mut images, mut loss_sum) = (0, 0.0);
        while images < wanted {
            let (pixels, labels) = training.gather(epochs.batch());
            let n = labels.len();
            let labels: Vec<i64> = labels.into_iter().map(i64::from).collect();
            let x = Tensor::<4>::from_data(TensorData::new(pixels, [n, 1, 28, 28]), &device);
            let y = Tensor::<1, Int>::from_data(TensorData::new(labels, [n]), &device);
            let loss = cross_entropy.forward(network.forward(x), y);
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            network = match training.optimizer {
                Optimizer::Adam { lr } => adam.step(lr, network, gradients),
                Optimizer::Sgd { lr } => sgd.step(lr, network, gradients),
            };
            images += n;
            loss_sum += f64::from(loss.into_scalar::<f32>()) * n as f64;
        }
        place = Some(network);
        Ok((images, Some(loss_sum / images as f64)))
    })
}
