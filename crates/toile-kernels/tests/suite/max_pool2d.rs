//! Max-pooling kernels against the reference.

use toile_kernels::layout::{Images, ImagesMut};
use toile_kernels::max_pool2d::{backward, forward, reference};

use crate::support::{
    CHANNELS, MAKERS, POISON, inside, layouts, same_bits, surrounded, teams, uniform, windows,
};

const IMAGES: usize = 3;

#[test]
fn equals_the_reference_bit_for_bit() {
    let mut teams = teams();
    for (number, window) in windows().into_iter().enumerate() {
        for channels in CHANNELS {
            for (values, make) in MAKERS {
                let seed = 1000 + number as u64 * 10;
                let x = make(seed, IMAGES * window.input_pixels() * channels);
                let dy = make(seed + 1, IMAGES * window.output_pixels() * channels);
                let before = uniform(seed + 2, x.len());
                let mut y = vec![0.0; dy.len()];
                let mut winners = vec![0u16; dy.len()];
                reference::forward(&window, channels, &x, &mut y, &mut winners);
                let winners: Vec<f32> = winners.into_iter().map(f32::from).collect();
                let dx = [false, true].map(|accumulate| {
                    let mut dx = before.clone();
                    let winners: Vec<u16> = winners.iter().map(|&w| w as u16).collect();
                    reference::input_gradient(&window, channels, &dy, &winners, accumulate, &mut dx);
                    dx
                });
                let larges = layouts([channels, window.input[0], window.input[1]]);
                let smalls = layouts([channels, window.output[0], window.output[1]]);
                for team in &mut teams {
                    for (large, small) in larges.into_iter().zip(smalls).chain([(larges[1], smalls[0])]) {
                        let what = format!("{window:?} {channels} channels {values} {seed} {team:?}");
                        let from = surrounded(large, &x);
                        let mut to = vec![POISON; small.buffer_len(IMAGES)];
                        let mut won = vec![POISON; winners.len() + 5];
                        let input = Images { values: &from, layout: large };
                        let output = ImagesMut { values: &mut to, layout: small };
                        forward(team, window, IMAGES, input, output, &mut won);
                        same_bits(&inside(small, &to, IMAGES, &what), &y, &format!("output of {what}"));
                        same_bits(&won[..winners.len()], &winners, &format!("winners of {what}"));
                        same_bits(&won[winners.len()..], &[POISON; 5], &format!("behind winners of {what}"));

                        let d_output = surrounded(small, &dy);
                        for (accumulate, expected) in [false, true].into_iter().zip(&dx) {
                            let what = format!("input gradient of {what} accumulate {accumulate}");
                            let mut d_input = surrounded(large, &before);
                            let dy = Images { values: &d_output, layout: small };
                            let to = ImagesMut { values: &mut d_input, layout: large };
                            backward(team, window, IMAGES, dy, &won, accumulate, to);
                            same_bits(&inside(large, &d_input, IMAGES, &what), expected, &what);
                        }
                    }
                }
            }
        }
    }
}
