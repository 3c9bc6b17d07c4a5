//! Activations against the reference.

use toile_kernels::activation::{Activation, backward, forward, reference};
use toile_kernels::layout::{Images, ImagesMut};

use crate::support::{CHANNELS, MAKERS, POISON, inside, layouts, same_bits, surrounded, teams, uniform};

const IMAGES: usize = 3;

fn forward_reference(activation: Activation, x: &[f32]) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    reference::forward(activation, x, &mut y);
    y
}

fn backward_reference(
    activation: Activation,
    [x, dy]: [&[f32]; 2],
    accumulate: bool,
    dx: &[f32],
) -> Vec<f32> {
    let mut dx = dx.to_vec();
    reference::input_gradient(activation, x, dy, accumulate, &mut dx);
    dx
}

#[test]
fn equals_the_reference_bit_for_bit() {
    let mut teams = teams();
    for &activation in Activation::ALL {
        for channels in CHANNELS {
            for (values, make) in MAKERS {
                let seed = 3000 + channels as u64 * 10;
                let [plain, bordered] = layouts([channels, 3, 5]);
                // Wide enough for both tails of GELU.
                let x: Vec<f32> =
                    make(seed, IMAGES * plain.image_len()).into_iter().map(|x| x * 7.0).collect();
                let dy = make(seed + 1, x.len());
                let before = uniform(seed + 2, x.len());
                let y = forward_reference(activation, &x);
                for team in &mut teams {
                    for (from, to) in [(plain, plain), (bordered, bordered), (plain, bordered)] {
                        let what = format!("{activation:?} {channels} channels {values} {seed} {team:?}");
                        let input = surrounded(from, &x);
                        let input = Images { values: &input, layout: from };
                        let mut output = vec![POISON; to.buffer_len(IMAGES)];
                        let target = ImagesMut { values: &mut output, layout: to };
                        forward(team, activation, IMAGES, input, target);
                        same_bits(&inside(to, &output, IMAGES, &what), &y, &format!("output of {what}"));

                        let d_output = surrounded(to, &dy);
                        for accumulate in [false, true] {
                            let what = format!("input gradient of {what} accumulate {accumulate}");
                            let expected = backward_reference(activation, [&x, &dy], accumulate, &before);
                            let mut d_input = surrounded(from, &before);
                            let d_output = Images { values: &d_output, layout: to };
                            let target = ImagesMut { values: &mut d_input, layout: from };
                            let read = [input, d_output];
                            backward(team, activation, IMAGES, read, accumulate, target);
                            same_bits(&inside(from, &d_input, IMAGES, &what), &expected, &what);
                        }
                    }
                }
            }
        }
    }
}
