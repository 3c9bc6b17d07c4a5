//! Steps that become part of the step before them: a normalisation in a convolution's weights, ReLU, and the largest
//! value of tiles, so that what is kept between steps is small.

use toile_kernels::activation::Activation;

use super::{Convolution, Curve, Operation, Program, Span, Step, Windows};

/// Merges all that can be merged.
pub(super) fn merge(program: &mut Program) {
    let mut at = 0;
    while at < program.steps.len() {
        if !merge_into_producer(program, at) {
            at += 1;
        }
    }
}

/// Makes a step part of the one whose output it alone reads, if that is possible.
fn merge_into_producer(program: &mut Program, at: usize) -> bool {
    let step = &program.steps[at];
    let [input] = step.inputs[..] else { return false };
    let Some(producer) = program.steps.iter().position(|other| other.output == input) else { return false };
    if program.readers(input) != 1 {
        return false;
    }
    let Some(operation) = merged(&program.steps[producer], step) else { return false };
    let step = program.steps.remove(at);
    let producer = &mut program.steps[producer];
    producer.operation = operation;
    (producer.output, producer.to) = (step.output, step.to);
    true
}

/// What does both, if one operation can.
fn merged(first: &Step, second: &Step) -> Option<Operation> {
    const RELU: Operation = Operation::Curve(Curve::Activation(Activation::ReLU));
    match (&first.operation, &second.operation) {
        (Operation::Sum { .. }, relu) if *relu == RELU => Some(Operation::Sum { relu: true }),
        (Operation::Convolution(first), second) if first.tile == [1, 1] => match second {
            Operation::Convolution(scale) if !first.relu && scale.is_scale_and_shift() => {
                Some(Operation::Convolution(folded(first, scale)))
            }
            Operation::MaxPool(windows) => {
                let tile = tile(windows)?;
                Some(Operation::Convolution(Convolution { tile, ..first.clone() }))
            }
            Operation::Curve(Curve::Activation(Activation::Scale { value })) if !first.relu => {
                let outputs = first.bias.len();
                let scale = Convolution::scale_and_shift(vec![*value as f32; outputs], vec![0.0; outputs]);
                Some(Operation::Convolution(folded(first, &scale)))
            }
            relu if *relu == RELU => {
                Some(Operation::Convolution(Convolution { relu: true, ..first.clone() }))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The convolution with the scale and the shift in its weights, worked out in 64 bits.
fn folded(first: &Convolution, scale: &Convolution) -> Convolution {
    let outputs = first.bias.len();
    let mut folded = Convolution { relu: scale.relu, ..first.clone() };
    let filters = folded.weight.chunks_exact_mut(first.weight.len() / outputs);
    for (filter, factor) in filters.zip(&scale.weight) {
        filter.iter_mut().for_each(|weight| *weight = (f64::from(*weight) * f64::from(*factor)) as f32);
    }
    for (bias, (factor, shift)) in folded.bias.iter_mut().zip(scale.weight.iter().zip(&scale.bias)) {
        *bias = (f64::from(*bias) * f64::from(*factor) + f64::from(*shift)) as f32;
    }
    folded
}

/// Rows and columns of the windows, if they lie side by side from the first pixel on and are all alike.
fn tile(windows: &Windows) -> Option<[usize; 2]> {
    let side = |spans: &[Span]| {
        let size = spans.first()?.inside.len();
        let fits = |(index, span): (usize, &Span)| span.inside == (index * size..(index + 1) * size);
        spans.iter().enumerate().all(fits).then_some(size)
    };
    Some([side(&windows.rows)?, side(&windows.columns)?])
}
