//! A job of inference, as compare.py writes it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Failure;

/// What to run, on what.
pub struct Inference {
    /// The network in ONNX.
    pub model: PathBuf,
    pub batch_size: usize,
    pub threads: usize,
    /// Pixels from 0 to 1 of as many test images as the job compares.
    pub images: Vec<f32>,
    output: PathBuf,
}

impl Inference {
    /// Reads the images too.
    pub fn new(job: &Value) -> Result<Inference, Failure> {
        let path = |key: &str| job[key].as_str().map(PathBuf::from).ok_or(format!("the job has no {key}"));
        let number = |key: &str| job[key].as_u64().map(|n| n as usize).ok_or(format!("the job has no {key}"));
        let bytes = fs::read(Path::new(&path("data")?).join("t10k-images-idx3-ubyte"))?;
        let len = number("compared")? * 28 * 28;
        Ok(Inference {
            model: path("model")?,
            batch_size: number("batch_size")?,
            threads: number("threads")?,
            images: bytes[16..16 + len].iter().map(|&byte| f32::from(byte) / 255.0).collect(),
            output: path("output")?,
        })
    }

    /// Leaves what the network made of `images`, for compare.py to look at.
    pub fn write_output(&self, log_probabilities: &[f32]) -> Result<(), Failure> {
        let bytes: Vec<u8> = log_probabilities.iter().flat_map(|x| x.to_le_bytes()).collect();
        Ok(fs::write(&self.output, bytes)?)
    }
}
