//! The specification in plain loops: what the C does has the same bits.

use super::quantization::{rounded, saturated};
use super::{Convolution, Integer, Integers, LOGIT_UNITS};
use crate::program::{self, Operation, Step};
use crate::window::{each_tap, each_tile, each_window};

/// Logits of an image's bytes, `[row][column][channel]`, in parts of 1 ([`LOGIT_UNITS`]).
///
/// # Panics
/// An image of another size.
pub fn run(of: &Integers, pixels: &[u8]) -> Vec<i32> {
    assert_eq!(pixels.len(), of.program.image_len(), "bytes of the image");
    let mut tensors: Vec<Vec<i8>> = vec![Vec::new(); of.quantizations.len()];
    let channels = of.image.len();
    let bytes = pixels.iter().enumerate().map(|(at, &byte)| of.image[at % channels][usize::from(byte)]);
    tensors[0] = bytes.collect();
    for (step, integer) in of.program.steps.iter().zip(&of.steps) {
        let inputs: Vec<&[i8]> = step.inputs.iter().map(|&input| &tensors[input][..]).collect();
        if let (Integer::Convolution(layer @ Convolution { to: None, .. }), Operation::Convolution(shape)) =
            (integer, &step.operation)
        {
            return logits(step, shape, layer, inputs[0]);
        }
        let mut y = vec![0; step.len()];
        run_step(step, integer, &inputs, &mut y);
        tensors[step.output] = y;
    }
    let table = of.logits.as_ref().expect("the last step makes bytes");
    tensors[of.program.logits].iter().map(|&byte| table[place(byte)]).collect()
}

/// Where a byte stands in a table.
fn place(byte: i8) -> usize {
    (i32::from(byte) + 128) as usize
}

fn run_step(step: &Step, integer: &Integer, inputs: &[&[i8]], y: &mut [i8]) {
    let x = inputs[0];
    match (integer, &step.operation) {
        (Integer::Convolution(layer), Operation::Convolution(shape)) => {
            let [zero, low] = layer.to.expect("it makes bytes");
            each_tile(step, shape, y, |place, output| {
                let sum = sum(step, shape, layer, x, place, output);
                saturated(layer.multipliers[output].times(sum).saturating_add(zero), low)
            });
        }
        (Integer::MaxPool, Operation::MaxPool(windows)) => {
            each_window(step, windows, y, |values, _| values.map(|at| x[at]).fold(i8::MIN, i8::max));
        }
        (Integer::MeanPool { from_zero, to_zero, multiplier }, Operation::MeanPool(windows)) => {
            each_window(step, windows, y, |values, count| {
                let sum: i64 = values.map(|at| i64::from(i32::from(x[at]) - from_zero)).sum();
                let divisor = (count as i64) << multiplier.shift;
                saturated(rounded(sum * i64::from(multiplier.factor), divisor) + to_zero, -128)
            });
        }
        (Integer::Curve(table), _) => x.iter().zip(y).for_each(|(&x, y)| *y = table[place(x)]),
        (Integer::Sum { from_zeros, multipliers, to_zero, low }, _) => {
            for (at, y) in y.iter_mut().enumerate() {
                let of = |which: usize| {
                    let steps = i32::from(inputs[which][at]) - from_zeros[which];
                    i64::from(steps) * i64::from(multipliers[which].factor)
                };
                let sum = rounded(of(0) + of(1), 1i64 << multipliers[0].shift);
                *y = saturated(sum.saturating_add(*to_zero), *low);
            }
        }
        (Integer::Product { from_zeros, multiplier, to_zero }, _) => {
            let channels = step.to[0];
            for (at, (&x, y)) in x.iter().zip(y).enumerate() {
                let factor = i32::from(inputs[1][at % channels]) - from_zeros[1];
                let product = (i32::from(x) - from_zeros[0]) * factor;
                *y = saturated(multiplier.times(product).saturating_add(*to_zero), -128);
            }
        }
        _ => unreachable!("{}: the integers are of another program", step.name),
    }
}

/// What a convolution that ends the network makes.
fn logits(step: &Step, shape: &program::Convolution, layer: &Convolution, x: &[i8]) -> Vec<i32> {
    let mut y = vec![0; step.len()];
    each_tile(step, shape, &mut y, |place, output| {
        layer.multipliers[output].times(sum(step, shape, layer, x, place, output))
    });
    y
}

/// Of an output at a place, in 32 bits.
fn sum(
    step: &Step,
    shape: &program::Convolution,
    layer: &Convolution,
    x: &[i8],
    place: [usize; 2],
    output: usize,
) -> i32 {
    let ([channels, ..], outputs) = (step.from, layer.bias.len());
    let inputs = channels / shape.groups;
    let filter = layer.weight.len() / outputs;
    let first = output / (outputs / shape.groups) * inputs;
    let weight = &layer.weight[output * filter..][..filter];
    let mut sum = layer.bias[output];
    each_tap(step, shape, place, |pixel, tap| {
        let values = &x[pixel * channels + first..][..inputs];
        let products = values.iter().zip(&weight[tap * inputs..][..inputs]);
        sum += products.map(|(&x, &w)| (i32::from(x) - layer.from_zero) * i32::from(w)).sum::<i32>();
    });
    sum
}

/// The most probable class: the first of equals.
pub fn class(logits: &[i32]) -> usize {
    (1..logits.len()).fold(0, |best, at| if logits[at] > logits[best] { at } else { best })
}

/// A logit as a real number.
pub fn real(logit: i32) -> f32 {
    logit as f32 / LOGIT_UNITS as f32
}
