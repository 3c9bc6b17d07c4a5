//! Average-pooling kernels against the reference.

use std::collections::BTreeSet;

use toile_kernels::avg_pool2d::reference::{self, AvgPoolGeometry};
use toile_kernels::avg_pool2d::{backward, forward, kernel_of, kernels};
use toile_kernels::layout::{Images, ImagesMut};

use crate::support::{
    CHANNELS, MAKERS, POISON, inside, layouts, same_bits, surrounded, teams, uniform, windows,
};

const IMAGES: usize = 3;

fn geometries() -> Vec<AvgPoolGeometry> {
    let sliding = windows().into_iter().flat_map(|window| {
        [false, true].map(|count_include_pad| AvgPoolGeometry::Sliding { window, count_include_pad })
    });
    // Even and uneven windows, one for the whole image, and more windows than pixels.
    let adaptive = [([6, 4], [3, 2]), ([7, 5], [3, 4]), ([5, 6], [1, 1]), ([2, 3], [5, 4])];
    let adaptive = adaptive.map(|(input, output)| AvgPoolGeometry::Adaptive { input, output });
    sliding.chain(adaptive).collect()
}

#[test]
fn equals_the_reference_bit_for_bit() {
    let mut teams = teams();
    let mut ran = BTreeSet::new();
    for (number, geometry) in geometries().into_iter().enumerate() {
        let (input, output) = (geometry.input(), geometry.output());
        for channels in CHANNELS {
            for (values, make) in MAKERS {
                let seed = 2000 + number as u64 * 10;
                let x = make(seed, IMAGES * input[0] * input[1] * channels);
                let dy = make(seed + 1, IMAGES * output[0] * output[1] * channels);
                let before = uniform(seed + 2, x.len());
                let mut y = vec![0.0; dy.len()];
                reference::forward(&geometry, channels, &x, &mut y);
                let dx = [false, true].map(|accumulate| {
                    let mut dx = before.clone();
                    reference::input_gradient(&geometry, channels, &dy, accumulate, &mut dx);
                    dx
                });
                let larges = layouts([channels, input[0], input[1]]);
                let smalls = layouts([channels, output[0], output[1]]);
                for team in &mut teams {
                    for (large, small) in larges.into_iter().zip(smalls).chain([(larges[1], smalls[0])]) {
                        let what = format!("{geometry:?} {channels} channels {values} {seed} {team:?}");
                        let from = surrounded(large, &x);
                        let mut to = vec![POISON; small.buffer_len(IMAGES)];
                        let input = Images { values: &from, layout: large };
                        forward(team, geometry, IMAGES, input, ImagesMut { values: &mut to, layout: small });
                        same_bits(&inside(small, &to, IMAGES, &what), &y, &format!("output of {what}"));

                        let d_output = surrounded(small, &dy);
                        for (accumulate, expected) in [false, true].into_iter().zip(&dx) {
                            let what = format!("input gradient of {what} accumulate {accumulate}");
                            let mut d_input = surrounded(large, &before);
                            let dy = Images { values: &d_output, layout: small };
                            let to = ImagesMut { values: &mut d_input, layout: large };
                            backward(team, geometry, IMAGES, dy, accumulate, to);
                            ran.insert(kernel_of(geometry, accumulate));
                            same_bits(&inside(large, &d_input, IMAGES, &what), expected, &what);
                        }
                    }
                }
            }
        }
    }
    assert_eq!(ran, BTreeSet::from_iter(kernels()), "the kernels that ran, and those of the table");
}
