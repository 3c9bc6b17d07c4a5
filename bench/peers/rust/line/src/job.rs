//! A job of training, as compare.py writes it.

use std::path::Path;

use serde_json::Value;

use crate::Failure;
use crate::layers::{Layer, layers};

/// What to train, on what.
pub struct Training {
    pub layers: Vec<Layer>,
    pub optimizer: Optimizer,
    pub batch_size: usize,
    /// Pixels from 0 to 1, image after image.
    pub images: Vec<f32>,
    pub labels: Vec<u8>,
}

/// The optimizers compared; their other settings are PyTorch's defaults.
pub enum Optimizer {
    Adam { lr: f64 },
    Sgd { lr: f64 },
}

impl Training {
    /// Reads the images too.
    pub fn new(job: &Value) -> Result<Training, Failure> {
        let data = Path::new(job["data"].as_str().ok_or("the job names no data")?);
        let images = std::fs::read(data.join("train-images-idx3-ubyte"))?;
        let labels = std::fs::read(data.join("train-labels-idx1-ubyte"))?;
        Ok(Training {
            layers: layers(&job["layers"], [1, 28, 28])?,
            optimizer: optimizer(&job["optimizer"])?,
            batch_size: job["batch_size"].as_u64().ok_or("the job has no batch size")? as usize,
            images: images[16..].iter().map(|&byte| f32::from(byte) / 255.0).collect(),
            labels: labels[8..].to_vec(),
        })
    }

    /// Pixels and classes of these images.
    pub fn gather(&self, picked: &[usize]) -> (Vec<f32>, Vec<u8>) {
        let len = self.images.len() / self.labels.len();
        let images = picked.iter().flat_map(|&i| &self.images[i * len..(i + 1) * len]).copied().collect();
        (images, picked.iter().map(|&i| self.labels[i]).collect())
    }
}

fn optimizer(value: &Value) -> Result<Optimizer, Failure> {
    let lr = |settings: &Value| match settings.as_object() {
        Some(keys) if keys.len() == 1 => settings["lr"].as_f64(),
        _ => None,
    };
    match (lr(&value["Adam"]), lr(&value["SGD"])) {
        (Some(lr), None) => Ok(Optimizer::Adam { lr }),
        (None, Some(lr)) => Ok(Optimizer::Sgd { lr }),
        _ => Err(format!("this peer does not know the optimizer {value}").into()),
    }
}
