//! A program in 32 bit floats, in plain loops.

use crate::program::{Convolution, GroupNorm, Operation, Program, Step, TensorId, Windows};
use crate::window::{each_tap, each_tile, each_window};

/// Runs a program on a normalized image, `[row][column][channel]`; gives the logits. `see` is shown each tensor as soon
/// as it is there, the image first.
///
/// # Panics
/// An image of another size.
pub fn run(program: &Program, image: &[f32], see: &mut dyn FnMut(TensorId, &[f32])) -> Vec<f32> {
    assert_eq!(image.len(), program.image_len(), "values of the image");
    let count = program.steps.iter().map(|step| step.output).max().unwrap_or(0) + 1;
    let mut tensors: Vec<Vec<f32>> = vec![Vec::new(); count];
    see(0, image);
    tensors[0] = image.to_vec();
    for step in &program.steps {
        let mut y = vec![0.0; step.len()];
        let inputs: Vec<&[f32]> = step.inputs.iter().map(|&input| &tensors[input][..]).collect();
        run_step(step, &inputs, &mut y);
        see(step.output, &y);
        tensors[step.output] = y;
    }
    tensors.swap_remove(program.logits)
}

fn run_step(step: &Step, inputs: &[&[f32]], y: &mut [f32]) {
    let x = inputs[0];
    match &step.operation {
        Operation::Convolution(of) => convolution(step, of, x, y),
        Operation::MaxPool(windows) => max_pool(step, windows, x, y),
        Operation::MeanPool(windows) => mean_pool(step, windows, x, y),
        Operation::GroupNorm(of) => group_norm(step, of, x, y),
        Operation::Curve(curve) => x.iter().zip(y).for_each(|(&x, y)| *y = curve.value(x)),
        Operation::Sum { relu } => {
            for ((&a, &b), y) in x.iter().zip(inputs[1]).zip(y) {
                *y = if *relu { (a + b).max(0.0) } else { a + b };
            }
        }
        Operation::Product => {
            let channels = step.to[0];
            for (at, (&x, y)) in x.iter().zip(y).enumerate() {
                *y = x * inputs[1][at % channels];
            }
        }
    }
}

fn convolution(step: &Step, of: &Convolution, x: &[f32], y: &mut [f32]) {
    let ([channels, ..], outputs) = (step.from, of.bias.len());
    let inputs = channels / of.groups;
    let filter = of.weight.len() / outputs;
    each_tile(step, of, y, |place, output| {
        let (weight, first) =
            (&of.weight[output * filter..][..filter], output / (outputs / of.groups) * inputs);
        let mut sum = of.bias[output];
        each_tap(step, of, place, |pixel, tap| {
            let values = &x[pixel * channels + first..][..inputs];
            let products = values.iter().zip(&weight[tap * inputs..][..inputs]);
            sum += products.fold(0.0, |part, (x, weight)| part + x * weight);
        });
        if of.relu { sum.max(0.0) } else { sum }
    });
}

fn max_pool(step: &Step, windows: &Windows, x: &[f32], y: &mut [f32]) {
    each_window(step, windows, y, |values, _| values.map(|at| x[at]).fold(f32::NEG_INFINITY, f32::max));
}

fn mean_pool(step: &Step, windows: &Windows, x: &[f32], y: &mut [f32]) {
    each_window(step, windows, y, |values, count| values.map(|at| x[at]).sum::<f32>() / count as f32);
}

fn group_norm(step: &Step, of: &GroupNorm, x: &[f32], y: &mut [f32]) {
    let channels = step.from[0];
    let together = channels / of.groups;
    for group in 0..of.groups {
        let is_in = |at: usize| at % channels / together == group;
        let values = || x.iter().enumerate().filter(|(at, _)| is_in(*at)).map(|(_, &value)| f64::from(value));
        let count = (x.len() / of.groups) as f64;
        let mean = values().sum::<f64>() / count;
        let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        let inverse = 1.0 / (variance + f64::from(of.eps)).sqrt();
        for (at, (&x, y)) in x.iter().zip(&mut *y).enumerate().filter(|(at, _)| is_in(*at)) {
            let normal = ((f64::from(x) - mean) * inverse) as f32;
            *y = normal * of.scale[at % channels] + of.shift[at % channels];
        }
    }
}
