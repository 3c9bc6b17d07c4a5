//! Candle, training the network of a job.

use candle_core::{DType, Device, Tensor};
use candle_nn::{
    AdamW, Conv2d, Conv2dConfig, Dropout, Linear, Module, Optimizer as _, ParamsAdamW, SGD, VarBuilder,
    VarMap, conv2d, linear, loss,
};
use peer_line::epochs::Epochs;
use peer_line::job::{Optimizer, Training};
use peer_line::layers::Layer;
use peer_line::{Failure, job, serve};

enum Step {
    Conv2d(Conv2d),
    ReLU,
    MaxPool2d(usize),
    Flatten,
    Linear(Linear),
    Dropout(Dropout),
}

fn step(layer: Layer, vb: VarBuilder) -> candle_core::Result<Option<Step>> {
    Ok(Some(match layer {
        Layer::Conv2d { from, to, kernel, padding } => {
            Step::Conv2d(conv2d(from, to, kernel, Conv2dConfig { padding, ..Default::default() }, vb)?)
        }
        Layer::ReLU => Step::ReLU,
        Layer::MaxPool2d { kernel } => Step::MaxPool2d(kernel),
        Layer::Flatten => Step::Flatten,
        Layer::Linear { from, to } => Step::Linear(linear(from, to, vb)?),
        Layer::Dropout { p } => Step::Dropout(Dropout::new(p as f32)),
        // Part of `loss::cross_entropy`.
        Layer::LogSoftmax => return Ok(None),
    }))
}

fn forward(steps: &[Step], mut x: Tensor) -> candle_core::Result<Tensor> {
    for step in steps {
        x = match step {
            Step::Conv2d(conv) => conv.forward(&x)?,
            Step::ReLU => x.relu()?,
            Step::MaxPool2d(kernel) => x.max_pool2d(*kernel)?,
            Step::Flatten => x.flatten_from(1)?,
            Step::Linear(linear) => linear.forward(&x)?,
            Step::Dropout(dropout) => dropout.forward(&x, true)?,
        };
    }
    Ok(x)
}

enum Update {
    Adam(AdamW),
    Sgd(SGD),
}

fn main() -> Result<(), Failure> {
    let job = job()?;
    let training = Training::new(&job)?;
    let device = Device::Cpu;
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, DType::F32, &device);
    let mut steps = Vec::new();
    for (number, &layer) in training.layers.iter().enumerate() {
        steps.extend(step(layer, vb.pp(number.to_string()))?);
    }
    let mut update = match training.optimizer {
        // Without decay AdamW is Adam.
        Optimizer::Adam { lr } => Update::Adam(AdamW::new(
            variables.all_vars(),
            ParamsAdamW { lr, weight_decay: 0.0, ..Default::default() },
        )?),
        Optimizer::Sgd { lr } => Update::Sgd(SGD::new(variables.all_vars(), lr)?),
    };
    let mut epochs = Epochs::new(training.labels.len(), training.batch_size);
    serve(serde_json::json!({ "name": "Candle 0.11.1" }), |wanted| {
        let (mut images, mut loss_sum) = (0, 0.0);
        while images < wanted {
            let (pixels, labels) = training.gather(epochs.batch());
            let n = labels.len();
            let x = Tensor::from_vec(pixels, (n, 1, 28, 28), &device)?;
            let y = Tensor::from_vec(labels, n, &device)?.to_dtype(DType::U32)?;
            let loss = loss::cross_entropy(&forward(&steps, x)?, &y)?;
            match &mut update {
                Update::Adam(adam) => adam.backward_step(&loss)?,
                Update::Sgd(sgd) => sgd.backward_step(&loss)?,
            }
            images += n;
            loss_sum += f64::from(loss.to_scalar::<f32>()?) * n as f64;
        }
        Ok((images, Some(loss_sum / images as f64)))
    })
}
