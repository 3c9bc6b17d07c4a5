//! Fully connected kernels against the reference.

use toile_kernels::layout::Layout;
use toile_kernels::linear::reference::{self, LinearGeometry, from_memory_order, to_memory_order};
use toile_kernels::linear::{Backward, Forward, InputGradient, Linear, backward, forward};
use toile_kernels::optimizer::{Parameter, Rule};

use crate::support::{dense, laid_out, same_bits, teams, uniform};

/// [images, channels, height, width, outputs]
const SHAPES: &[[usize; 5]] = &[
    [1, 1, 1, 1, 1],
    [5, 10, 1, 1, 10],
    [9, 7, 3, 3, 33],
    [70, 130, 1, 1, 25],
    [3, 64, 6, 6, 40],
    [130, 17, 2, 1, 7],
];

#[test]
fn equals_the_reference_bit_for_bit() {
    for (number, &[images, channels, height, width, outputs]) in SHAPES.iter().enumerate() {
        let (input, output) = (Layout::dense([channels, height, width]), Layout::dense([outputs, 1, 1]));
        let inputs = input.image_len();
        let g = LinearGeometry { in_features: inputs, out_features: outputs };
        let seed = 100 + number as u64 * 10;
        let x = uniform(seed, images * inputs);
        let columns = uniform(seed + 1, inputs * outputs);
        let mut weight = vec![0.0; columns.len()];
        to_memory_order([channels, height, width], &columns, &mut weight);
        let bias = uniform(seed + 2, outputs);
        let dy = uniform(seed + 3, images * outputs);
        let before = uniform(seed + 4, images * inputs);
        for relu in [false, true] {
            let linear = Linear { input, output, relu };
            let mut y = vec![0.0; images * outputs];
            reference::forward(&g, &x, &weight, Some(&bias), &mut y);
            if relu {
                y.iter_mut().for_each(|y| *y = if 0.0 > *y { 0.0 } else { *y });
            }
            let mask: Vec<f32> = dy.iter().map(|d| if *d > 0.3 { 0.0 } else { 1.25 }).collect();
            y.iter_mut().zip(&mask).for_each(|(y, m)| *y = if *m == 0.0 { 0.0 } else { *y * m });
            let (mut dweight, mut dbias) = (vec![0.0; weight.len()], vec![0.0; outputs]);
            reference::weight_gradient(&g, &x, &dy, &mut dweight, Some(&mut dbias));
            let mut dcolumns = vec![0.0; weight.len()];
            from_memory_order([channels, height, width], &dweight, &mut dcolumns);
            for accumulate in [false, true] {
                let mut dx = before.clone();
                reference::input_gradient(&g, &dy, &weight, accumulate, &mut dx);
                for team in &mut teams() {
                    let what = format!("{:?} relu {relu} {team:?}", SHAPES[number]);
                    let mut packed = vec![0.0; linear.weight_len()];
                    linear.pack_weight(&columns, &mut packed);
                    let x = laid_out(input, &x);
                    let mask = laid_out(output, &mask);
                    let mut got = vec![0.0; output.buffer_len(images)];
                    let (weight, bias) = (&packed[..], Some(&bias[..]));
                    let output_values = &mut got[..];
                    forward(
                        team,
                        Forward {
                            linear,
                            images,
                            input: &x,
                            weight,
                            bias,
                            mask: Some(&mask),
                            output: output_values,
                        },
                    );
                    same_bits(&dense(output, &got, images), &y, &format!("output of {what}"));

                    let d_output = laid_out(output, &dy);
                    let mut d_input = laid_out(input, &before);
                    let mut gradient = vec![f32::NAN; packed.len()];
                    // What the blocks' filling starts with stays: only real inputs are written.
                    gradient.fill(0.0);
                    let mut bias_values = vec![0.0; outputs];
                    let mut bias_gradient = vec![f32::NAN; outputs];
                    backward(
                        team,
                        Backward {
                            linear,
                            images,
                            input: &x,
                            d_output: &d_output,
                            d_input: Some(InputGradient { values: &mut d_input, accumulate }),
                            rule: Rule::Record,
                            weight: Parameter { values: &mut packed, states: [&mut gradient, &mut []] },
                            bias: Some(Parameter {
                                values: &mut bias_values,
                                states: [&mut bias_gradient, &mut []],
                            }),
                        },
                    );
                    same_bits(
                        &linear.unpack_weight(&gradient),
                        &dcolumns,
                        &format!("weight gradient of {what}"),
                    );
                    same_bits(&bias_gradient, &dbias, &format!("bias gradient of {what}"));
                    same_bits(&dense(input, &d_input, images), &dx, &format!("input gradient of {what}"));
                }
            }
        }
    }
}
