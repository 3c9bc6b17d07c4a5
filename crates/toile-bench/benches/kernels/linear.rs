//! Fully connected layers.

use std::collections::BTreeSet;

use criterion::Criterion;
use toile_kernels::activation::Activation;
use toile_kernels::layout::Layout;
use toile_kernels::linear::{Backward, Forward, InputGradient, Kernels, Linear, Scratch, backward, forward};
use toile_kernels::optimizer::Parameter;

use crate::optimizer::adam;
use crate::support::{measure, uniform};

/// Images, inputs, outputs.
const SHAPES: [[usize; 3]; 10] = [
    [64, 2304, 256],
    [64, 256, 128],
    [64, 128, 10],
    [64, 2304, 600],
    [64, 600, 120],
    [1, 2304, 256],
    [7, 784, 33],
    [100, 33, 1],
    [16, 1000, 1000],
    [64, 3, 500],
];

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut measured = BTreeSet::new();
    for [images, inputs, outputs] in SHAPES {
        let layout = |features| Layout::dense([features, 1, 1]);
        let linear =
            Linear { input: layout(inputs), output: layout(outputs), activation: Some(Activation::ReLU) };
        let case = format!("{images} images {inputs} to {outputs}");
        let operations = 2 * images * inputs * outputs;

        let mut input = vec![0.0; linear.input.buffer_len(images)];
        linear.input.scatter(&uniform(images * inputs), &mut input);
        let mut weight = vec![0.0; linear.weight_len()];
        linear.pack_weight(&uniform(inputs * outputs), &mut weight);
        let mut bias = uniform(outputs);
        let mut output = vec![0.0; linear.output.buffer_len(images)];
        let mut halves = vec![0.0; linear.halves_len(images)];
        measure(criterion, "linear forward", &case, operations, |team| {
            let (input, weight, bias, output) = (&input, &weight, Some(&bias[..]), &mut output);
            let (updated, mask, before, halves) = (true, None, None, &mut halves[..]);
            forward(
                team,
                Forward { linear, images, input, weight, updated, bias, mask, output, before, halves },
            );
        });

        let gradient = uniform(linear.output.buffer_len(images));
        let mut d_output = gradient.clone();
        let mut d_input = vec![0.0; linear.input.buffer_len(images)];
        let mut states = [0, 1, 2].map(|_| vec![0.0; linear.weight_len()]);
        let mut bias_states = [0, 1, 2].map(|_| vec![0.0; outputs]);
        let mut scratch = Scratch::new(&linear, images, 1).expect("memory");
        // Both gradients: twice as many operations. With Adam's update.
        measure(criterion, "linear backward", &case, 2 * operations, |team| {
            d_output.copy_from_slice(&gradient);
            backward(
                team,
                Backward {
                    linear,
                    images,
                    input: &input,
                    output: &output,
                    before: None,
                    mask: None,
                    d_output: &mut d_output,
                    d_input: Some(InputGradient { values: &mut d_input, accumulate: false }),
                    finite: true,
                    weight: Parameter {
                        values: &mut weight,
                        states: states.each_mut().map(|s| &mut s[..]),
                        rule: adam(),
                    },
                    bias: Some(Parameter {
                        values: &mut bias,
                        states: bias_states.each_mut().map(|s| &mut s[..]),
                        rule: adam(),
                    }),
                    scratch: &mut scratch,
                },
            );
        });
        measured.insert(Kernels::forward(&linear, images));
        // ReLU leaves about half.
        measured.insert(Kernels::gradients(&linear, images, images * outputs / 2, true));
    }
    assert_eq!(
        measured,
        Kernels::all().into_iter().collect(),
        "the kernels measured, and those of the table"
    );
}
