//! Adaptive max-pooling kernels against the reference.

use toile_kernels::adaptive_max_pool2d::reference::{self, AdaptiveMaxPoolGeometry};
use toile_kernels::adaptive_max_pool2d::{backward, forward};
use toile_kernels::layout::{Images, ImagesMut};

use crate::support::{CHANNELS, MAKERS, POISON, inside, layouts, same_bits, surrounded, teams, uniform};

const IMAGES: usize = 3;

#[test]
fn equals_the_reference_bit_for_bit() {
    let mut teams = teams();
    // Even and uneven windows, one for the whole image, and more windows than pixels.
    for (number, (input, output)) in
        [([6, 4], [3, 2]), ([7, 5], [3, 4]), ([5, 6], [1, 1]), ([2, 3], [5, 4])].into_iter().enumerate()
    {
        for channels in CHANNELS {
            let g = AdaptiveMaxPoolGeometry { input, output, channels };
            for (values, make) in MAKERS {
                let seed = 8000 + number as u64 * 10;
                let x = make(seed, IMAGES * input[0] * input[1] * channels);
                let dy = make(seed + 1, IMAGES * output[0] * output[1] * channels);
                let before = uniform(seed + 2, x.len());
                let (mut y, mut places) = (vec![0.0; dy.len()], vec![9u32; dy.len()]);
                reference::forward(&g, &x, &mut y, &mut places);
                let dx = [false, true].map(|accumulate| {
                    let mut dx = before.clone();
                    reference::input_gradient(&g, &dy, &places, accumulate, &mut dx);
                    dx
                });
                let larges = layouts([channels, input[0], input[1]]);
                let smalls = layouts([channels, output[0], output[1]]);
                for team in &mut teams {
                    for (large, small) in larges.into_iter().zip(smalls) {
                        let what = format!("{g:?} {values} {seed} {team:?}");
                        let from = surrounded(large, &x);
                        let mut to = vec![POISON; small.buffer_len(IMAGES)];
                        let mut winners = vec![POISON; dy.len()];
                        let (x, out) = (
                            Images { values: &from, layout: large },
                            ImagesMut { values: &mut to, layout: small },
                        );
                        forward(team, IMAGES, x, out, &mut winners);
                        same_bits(&inside(small, &to, IMAGES, &what), &y, &format!("output of {what}"));
                        let expected: Vec<f32> = places.iter().map(|&place| place as f32).collect();
                        same_bits(&winners, &expected, &format!("winners of {what}"));
                        let d_output = surrounded(small, &dy);
                        for (accumulate, expected) in [false, true].into_iter().zip(&dx) {
                            let what = format!("input gradient of {what} accumulate {accumulate}");
                            let mut d_input = surrounded(large, &before);
                            let dy = Images { values: &d_output, layout: small };
                            let to = ImagesMut { values: &mut d_input, layout: large };
                            backward(team, IMAGES, dy, &winners, accumulate, to);
                            same_bits(&inside(large, &d_input, IMAGES, &what), expected, &what);
                        }
                    }
                }
            }
        }
    }
}
