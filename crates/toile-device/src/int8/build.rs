//! From a program in floats, and the ranges of its tensors, to whole numbers.

use super::quantization::{Multiplier, Quantization};
use super::{Convolution, Integer, Integers, LOGIT_UNITS, Ranges, Table};
use crate::program::{self, Curve, Operation, Program, Step};

/// Why a network cannot be computed in whole numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A layer that needs more than sums and products.
    #[error(
        "{name}: GroupNorm takes the deviation of each image, which 8 bits do not hold; use BatchNorm2d, or keep the \
         network in floats"
    )]
    GroupNorm {
        /// The layer.
        name: String,
    },
    /// Sums that 32 bits do not hold.
    #[error(
        "{name}: {inputs} values for each output are more than the {limit} whose sum 32 bits hold; pool more before it, \
         or keep the network in floats"
    )]
    Inputs {
        /// The layer.
        name: String,
        /// What each output sums.
        inputs: usize,
        /// The most it may be.
        limit: usize,
    },
}

/// Bits of the largest bias; the products have the rest of 31.
const BIAS_BITS: i32 = 29;
/// What is left for the products, each 127 times 255 at most.
const INPUTS_MAX: usize = ((1 << 31) - (1 << BIAS_BITS) - 1) / (127 * 255);
/// Bits of factors that are added or divided further.
const SHORT: i32 = 15;

/// A program in whole numbers. `pixel` gives the normalized value of a byte in a channel.
///
/// # Errors
/// Layers that whole numbers cannot do.
pub fn build(
    program: Program,
    ranges: &Ranges,
    pixel: impl Fn(usize, u8) -> f32,
) -> Result<Integers, BuildError> {
    let quantizations = quantizations(&program, ranges, &pixel);
    let image = (0..program.image[0])
        .map(|channel| std::array::from_fn(|byte| quantizations[0].byte(pixel(channel, byte as u8))))
        .collect();
    let mut steps = Vec::with_capacity(program.steps.len());
    for step in &program.steps {
        steps.push(integer(step, &program, &quantizations)?);
    }
    let makes_logits = matches!(steps.last(), Some(Integer::Convolution(Convolution { to: None, .. })));
    let logits = (!makes_logits).then(|| {
        let of = quantizations[program.logits];
        table(|byte| (of.real(byte) * LOGIT_UNITS as f32).round() as i32)
    });
    Ok(Integers { program, quantizations, image, steps, logits })
}

/// What the bytes of each tensor are worth. The image's are for every byte a picture may have; a largest value is one of
/// the values that it is chosen from.
fn quantizations(program: &Program, ranges: &Ranges, pixel: &impl Fn(usize, u8) -> f32) -> Vec<Quantization> {
    let ends = (0..program.image[0]).flat_map(|channel| [pixel(channel, 0), pixel(channel, 255)]);
    let image = ends.fold([0.0f32; 2], |[low, high], value| [low.min(value), high.max(value)]);
    let mut all: Vec<Quantization> = ranges.iter().map(|range| Quantization::between(*range)).collect();
    all[0] = Quantization::between(image);
    for step in &program.steps {
        if let Operation::MaxPool(_) = step.operation {
            all[step.output] = all[step.inputs[0]];
        }
    }
    all
}

fn integer(step: &Step, program: &Program, of: &[Quantization]) -> Result<Integer, BuildError> {
    let (to, from) = (of[step.output], of[step.inputs[0]]);
    let low = |relu: bool| if relu { to.zero } else { -128 };
    let ratio = |from: Quantization| f64::from(from.scale) / f64::from(to.scale);
    Ok(match &step.operation {
        Operation::Convolution(layer) => {
            let is_last = step.output == program.logits && program.readers(step.output) == 1;
            // Logits that are still to be cut off or compared are bytes as any other.
            let is_last = is_last && !layer.relu && layer.tile == [1, 1];
            let to = (!is_last).then(|| (to, [to.zero, low(layer.relu)]));
            Integer::Convolution(convolution(step, layer, from, to)?)
        }
        Operation::MaxPool(_) => Integer::MaxPool,
        Operation::MeanPool(_) => Integer::MeanPool {
            from_zero: from.zero,
            to_zero: to.zero,
            multiplier: Multiplier::nearest(ratio(from), SHORT),
        },
        Operation::GroupNorm(_) => return Err(BuildError::GroupNorm { name: step.name.clone() }),
        Operation::Curve(curve) => Integer::Curve(table_of(*curve, from, to)),
        Operation::Sum { relu } => {
            let from = [from, of[step.inputs[1]]];
            let ratios = from.map(ratio);
            let shift = Multiplier::nearest(ratios[0].max(ratios[1]), SHORT).shift;
            Integer::Sum {
                from_zeros: from.map(|from| from.zero),
                multipliers: ratios.map(|ratio| Multiplier::with_shift(ratio, shift)),
                to_zero: to.zero,
                low: low(*relu),
            }
        }
        Operation::Product => {
            let factor = of[step.inputs[1]];
            Integer::Product {
                from_zeros: [from.zero, factor.zero],
                multiplier: Multiplier::nearest(ratio(from) * f64::from(factor.scale), 31),
                to_zero: to.zero,
            }
        }
    })
}

fn convolution(
    step: &Step,
    layer: &program::Convolution,
    from: Quantization,
    to: Option<(Quantization, [i32; 2])>,
) -> Result<Convolution, BuildError> {
    let inputs = layer.weight.len() / layer.bias.len();
    if inputs > INPUTS_MAX {
        return Err(BuildError::Inputs { name: step.name.clone(), inputs, limit: INPUTS_MAX });
    }
    let unit = to.map_or(1.0 / f64::from(LOGIT_UNITS), |(to, _)| f64::from(to.scale));
    let mut made = Convolution {
        weight: Vec::with_capacity(layer.weight.len()),
        scales: Vec::new(),
        bias: Vec::new(),
        multipliers: Vec::new(),
        from_zero: from.zero,
        to: to.map(|(_, bounds)| bounds),
    };
    for (filter, &bias) in layer.weight.chunks_exact(inputs).zip(&layer.bias) {
        let largest = filter.iter().fold(0.0f32, |largest, weight| largest.max(weight.abs()));
        // As small as the weights allow, and no smaller than the bias does.
        let least = f64::from(bias.abs()) / f64::from(from.scale) / f64::from(1 << BIAS_BITS);
        let scale = (f64::from(largest) / 127.0).max(least) as f32;
        let scale = if scale > 0.0 { scale } else { 1.0 };
        let steps = |weight: &f32| (f64::from(*weight) / f64::from(scale)).round().clamp(-127.0, 127.0) as i8;
        made.weight.extend(filter.iter().map(steps));
        let sum = f64::from(scale) * f64::from(from.scale);
        made.bias.push((f64::from(bias) / sum).round() as i32);
        made.multipliers.push(Multiplier::nearest(sum / unit, 31));
        made.scales.push(scale);
    }
    Ok(made)
}

fn table_of(curve: Curve, from: Quantization, to: Quantization) -> Table<i8> {
    table(|byte| to.byte(curve.value(from.real(byte))))
}

fn table<T>(of: impl Fn(i8) -> T) -> Table<T> {
    std::array::from_fn(|place| of((place as i32 - 128) as i8))
}
