//! The layers of a network, with the shapes that a study file leaves out.

use serde_json::{Map, Value};

use crate::Failure;

/// A layer the peers know. Kernels are square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layer {
    Conv2d { from: usize, to: usize, kernel: usize, padding: usize },
    ReLU,
    MaxPool2d { kernel: usize },
    Flatten,
    Linear { from: usize, to: usize },
    Dropout { p: f64 },
    LogSoftmax,
}

/// The layers of a job, for images of `shape` [channels, height, width].
pub fn layers(list: &Value, shape: [usize; 3]) -> Result<Vec<Layer>, Failure> {
    let list = list.as_array().ok_or("the job has no layers")?;
    let [mut channels, mut height, mut width] = shape;
    let mut layers = Vec::new();
    for entry in list {
        let layer = layer(entry, channels).ok_or_else(|| format!("this peer does not know {entry}"))?;
        match layer {
            Layer::Conv2d { to, kernel, padding, .. } => {
                channels = to;
                height = height + 2 * padding + 1 - kernel;
                width = width + 2 * padding + 1 - kernel;
            }
            Layer::MaxPool2d { kernel } => {
                height /= kernel;
                width /= kernel;
            }
            Layer::Flatten => [channels, height, width] = [channels * height * width, 1, 1],
            Layer::Linear { to, .. } => channels = to,
            Layer::ReLU | Layer::Dropout { .. } | Layer::LogSoftmax => (),
        }
        layers.push(layer);
    }
    Ok(layers)
}

fn layer(entry: &Value, from: usize) -> Option<Layer> {
    let empty = Map::new();
    let (kind, settings) = match entry {
        Value::String(kind) => (kind.as_str(), &empty),
        Value::Object(table) => {
            let (kind, settings) = table.iter().next()?;
            (kind.as_str(), settings.as_object()?)
        }
        _ => return None,
    };
    let number = |key: &str| settings.get(key)?.as_u64().map(|n| n as usize);
    let only = |keys: &[&str]| settings.keys().all(|key| keys.contains(&key.as_str()));
    match kind {
        "Conv2d" if only(&["out_channels", "kernel_size", "padding"]) => Some(Layer::Conv2d {
            from,
            to: number("out_channels")?,
            kernel: number("kernel_size")?,
            padding: number("padding").unwrap_or(0),
        }),
        "MaxPool2d" if only(&["kernel_size"]) => Some(Layer::MaxPool2d { kernel: number("kernel_size")? }),
        "Linear" if only(&["out_features"]) => Some(Layer::Linear { from, to: number("out_features")? }),
        "Dropout" if only(&["p"]) => Some(Layer::Dropout { p: settings.get("p")?.as_f64()? }),
        "ReLU" => Some(Layer::ReLU),
        "Flatten" => Some(Layer::Flatten),
        "LogSoftmax" => Some(Layer::LogSoftmax),
        _ => None,
    }
}
