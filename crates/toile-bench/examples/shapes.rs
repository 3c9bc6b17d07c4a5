//! Times layers of odd shapes, for `bench/peers/shapes.py`, which sets PyTorch beside it.
//!
//!     cargo run --release -p toile-bench --example shapes -- bench/peers/shapes.json [THREADS] [MS] [ONLY]
//!
//! A line of JSON for each shape and mode: `inference` of a network of this one layer, a `training` step of
//! it, and a training step with a layer of one input before it (`behind`), so that the shape's input
//! gradient is needed too. A convolution is followed by the mean over its pixels. Each is repeated for MS
//! milliseconds; ONLY is the number of one shape of the list.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use toile_kernels::random::{Purpose, Stream};
use toile_nn::description::{AdaptiveAvgPool2d, Conv2d, Flatten, Layer, Linear, LogSoftmax, Pair, resolve};
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Batch, Executor, Pixels, StepSettings, Training};
use toile_nn::optimizer::{Optimizer, SGD};

fn main() {
    let mut args = std::env::args().skip(1);
    let path = args.next().expect("the path of shapes.json");
    let threads = args.next().map_or(2, |n| n.parse().expect("a number of threads"));
    let time = Duration::from_millis(args.next().map_or(60, |n| n.parse().expect("milliseconds")));
    let only: Option<usize> = args.next().map(|n| n.parse().expect("the number of a shape"));
    let text = std::fs::read_to_string(&path).expect("a list of shapes");
    let shapes: Vec<Value> = serde_json::from_str(&text).expect("a list of shapes");
    for (index, shape) in shapes.iter().enumerate().filter(|(i, _)| only.is_none_or(|o| o == *i)) {
        for mode in ["inference", "training", "behind"] {
            let mut seconds = measure(shape, mode, threads, time);
            seconds.sort_by(f64::total_cmp);
            let [least, median] = [seconds[0], seconds[seconds.len() / 2]].map(|s| s * 1e6);
            println!("{}", json!({ "shape": index, "mode": mode, "min_us": least, "median_us": median }));
        }
    }
}

/// The network's input and layers.
fn network(shape: &Value, behind: bool) -> ([usize; 3], Vec<Layer>) {
    let number = |key: &str| shape[key].as_u64().unwrap_or_else(|| panic!("{key} of {shape}")) as usize;
    let (from, to) = (number("in"), number("out"));
    let channels = if behind { 1 } else { from };
    let mut layers = vec![];
    if shape["kind"] == "linear" {
        layers.push(Layer::Flatten(Flatten));
        if behind {
            layers.push(Layer::Linear(Linear { out_features: from, bias: true, ..Linear::new(1) }));
        }
        layers.push(Layer::Linear(Linear { out_features: to, bias: true, ..Linear::new(1) }));
        layers.push(Layer::LogSoftmax(LogSoftmax));
        return ([channels, 1, 1], layers);
    }
    let conv = |out_channels: usize, [kernel, stride, padding]: [usize; 3]| {
        let [kernel_size, stride, padding] = [kernel, stride, padding].map(Pair::square);
        Layer::Conv2d(Conv2d { out_channels, kernel_size, stride, padding, ..Conv2d::new(1, 1) })
    };
    if behind {
        layers.push(conv(from, [1, 1, 0]));
    }
    layers.push(conv(to, ["kernel", "stride", "padding"].map(number)));
    layers.push(Layer::AdaptiveAvgPool2d(AdaptiveAvgPool2d { output_size: Pair::square(1) }));
    layers.extend([Layer::Flatten(Flatten), Layer::LogSoftmax(LogSoftmax)]);
    ([channels, number("height"), number("width")], layers)
}

/// What each repetition took.
fn measure(shape: &Value, mode: &str, threads: usize, time: Duration) -> Vec<f64> {
    let (input, layers) = network(shape, mode == "behind");
    let classes = shape["out"].as_u64().expect("outputs") as usize;
    let batch_size = shape["batch"].as_u64().expect("a batch") as usize;
    let network = resolve(input, &layers, classes).unwrap_or_else(|error| panic!("{shape}: {error}"));
    let sgd = Optimizer::SGD(SGD { momentum: 0.0, weight_decay: 0.0, nesterov: false });
    let training = Training::new(sgd, 0);
    let mut engine =
        Engine::new(&network, training, EngineOptions { batch_size, threads, ..EngineOptions::default() })
            .expect("memory and threads");
    let stream = Stream::new(0, Purpose::Split, 0, 0);
    let images: Vec<f32> =
        (0..(batch_size * network.input.len()) as u32).map(|i| stream.uniform(i)).collect();
    let image_ids: Vec<u32> = (0..batch_size as u32).collect();
    let labels: Vec<u32> = image_ids.iter().map(|i| i % classes as u32).collect();
    let mut log_probabilities = vec![0.0; batch_size * classes];
    let mut step = || {
        if mode == "inference" {
            engine.log_probabilities(Pixels::Values(&images), &mut log_probabilities);
        } else {
            let batch = Batch {
                images: Pixels::Values(&images),
                labels: &labels,
                image_ids: &image_ids,
                mixed: None,
            };
            engine.train_step(batch, StepSettings { epoch: 0, learning_rate: 1e-4 });
        }
    };
    for _ in 0..3 {
        step();
    }
    let start = Instant::now();
    let mut seconds = vec![];
    while start.elapsed() < time || seconds.len() < 5 {
        let before = Instant::now();
        step();
        seconds.push(before.elapsed().as_secs_f64());
    }
    seconds
}
