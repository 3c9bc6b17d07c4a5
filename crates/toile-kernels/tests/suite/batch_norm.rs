//! Batch normalisation kernels against the reference.

use toile_kernels::activation;
use toile_kernels::batch_norm::reference::{self, BatchNormGeometry, Moments, Normalisation};
use toile_kernels::batch_norm::{Backward, Normalise, backward, moments, normalise, workspace_len};
use toile_kernels::layout::{Images, ImagesMut};

use crate::support::{CHANNELS, MAKERS, POISON, inside, layouts, same_bits, surrounded, teams, uniform};

/// [images, height, width]
const SHAPES: [[usize; 3]; 3] = [[3, 3, 5], [1, 2, 1], [10, 1, 4]];

#[track_caller]
fn same_moments(got: &[Moments], expected: &[Moments], what: &str) {
    let bits = |m: &Moments| {
        // Every NaN is the same one.
        [m.count, m.mean, m.m2].map(|v| if v.is_nan() { f64::NAN } else { v }.to_bits())
    };
    for (c, (g, e)) in got.iter().zip(expected).enumerate() {
        assert_eq!(bits(g), bits(e), "moments of channel {c} of {what}: {g:?}, expected {e:?}");
    }
}

#[test]
fn moments_equal_the_references() {
    let mut teams = teams();
    for [images, height, width] in SHAPES {
        for channels in CHANNELS {
            for (values, make) in MAKERS {
                let seed = 6000 + channels as u64 * 10;
                let g = BatchNormGeometry { pixels: height * width, channels };
                let x = make(seed, images * g.pixels * channels);
                let expected = reference::moments(&g, &x);
                for team in &mut teams {
                    for layout in layouts([channels, height, width]) {
                        let what = format!("{images} {layout:?} {values} {seed} {team:?}");
                        let buffer = surrounded(layout, &x);
                        let mut got = vec![Moments { count: 1.0, mean: 2.0, m2: 3.0 }; channels];
                        let mut workspace = vec![POISON; workspace_len(layout, images) + 3];
                        let input = Images { values: &buffer, layout };
                        moments(team, images, input, &mut workspace, &mut got);
                        same_moments(&got, &expected, &what);
                        let behind = &workspace[workspace_len(layout, images)..];
                        same_bits(behind, &[POISON; 3], &format!("behind the workspace of {what}"));
                    }
                }
            }
        }
    }
}

#[test]
fn normalisation_and_gradients_equal_the_references() {
    let mut teams = teams();
    for [images, height, width] in SHAPES {
        for channels in CHANNELS {
            for (values, make) in MAKERS {
                for relu in [false, true] {
                    let seed = 6500 + channels as u64 * 10;
                    let g = BatchNormGeometry { pixels: height * width, channels };
                    let x = make(seed, images * g.pixels * channels);
                    let dy = make(seed + 1, x.len());
                    let before = uniform(seed + 2, x.len());
                    let [mean, spread, gamma, beta] = [3, 4, 5, 6].map(|i| uniform(seed + i, channels));
                    let invstd: Vec<f32> = spread.iter().map(|v| v.abs() + 0.5).collect();
                    let n = Normalisation { mean: &mean, invstd: &invstd, gamma: &gamma };
                    let mut y = vec![0.0; x.len()];
                    reference::forward(&g, n, &beta, &x, &mut y);
                    let mut d = dy.clone();
                    if relu {
                        let z = y.clone();
                        activation::reference::relu(&z, &mut y);
                        activation::reference::relu_gradient(&y, &dy, false, &mut d);
                    }
                    let (mut dgamma, mut dbeta) = (vec![0.0; channels], vec![0.0; channels]);
                    let dx = [false, true].map(|accumulate| {
                        let mut dx = before.clone();
                        reference::gradients(&g, n, &x, &d, [&mut dgamma, &mut dbeta], accumulate, &mut dx);
                        dx
                    });
                    let with = Normalise { mean: &mean, invstd: &invstd, gamma: &gamma, beta: &beta, relu };
                    let [plain, bordered] = layouts([channels, height, width]);
                    for team in &mut teams {
                        for (from, to) in [(plain, plain), (bordered, bordered), (plain, bordered)] {
                            let what =
                                format!("{images} {from:?} {to:?} relu {relu} {values} {seed} {team:?}");
                            let input = surrounded(from, &x);
                            let mut output = vec![POISON; to.buffer_len(images)];
                            let input = Images { values: &input, layout: from };
                            let target = ImagesMut { values: &mut output, layout: to };
                            normalise(team, images, with, input, target);
                            same_bits(&inside(to, &output, images, &what), &y, &format!("output of {what}"));

                            let d_output = surrounded(to, &dy);
                            let [y, dy] = [&output, &d_output].map(|values| Images { values, layout: to });
                            let mut run = |accumulate, dx: Option<&mut [f32]>| {
                                let args = Backward { images, with, x: input, y, dy };
                                let dx = dx.map(|values| ImagesMut { values, layout: from });
                                let [mut scale, mut shift] = [vec![POISON; channels], vec![POISON; channels]];
                                let mut workspace = vec![POISON; workspace_len(from, images)];
                                let mut terms = vec![POISON; 3 * channels];
                                let to = [&mut scale[..], &mut shift[..]];
                                backward(team, args, to, accumulate, dx, &mut workspace, &mut terms);
                                same_bits(&scale, &dgamma, &format!("scale's gradient of {what}"));
                                same_bits(&shift, &dbeta, &format!("shift's gradient of {what}"));
                            };
                            run(false, None);
                            for (accumulate, expected) in [false, true].into_iter().zip(&dx) {
                                let what = format!("input gradient of {what} accumulate {accumulate}");
                                let mut d_input = surrounded(from, &before);
                                run(accumulate, Some(&mut d_input));
                                same_bits(&inside(from, &d_input, images, &what), expected, &what);
                            }
                        }
                    }
                }
            }
        }
    }
}
