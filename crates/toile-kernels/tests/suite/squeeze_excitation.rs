//! Squeeze-and-excitation against its reference, and the reference against the formula.

use toile_kernels::GROUP;
use toile_kernels::layout::{Images, ImagesMut};
use toile_kernels::squeeze_excitation::reference::{self, SqueezeGeometry};
use toile_kernels::squeeze_excitation::{Backward, Gate, SqueezeExcitation, Workspace, backward, forward};

use crate::support::{MAKERS, POISON, inside, layouts, same_bits, surrounded, teams, uniform};

const IMAGES: usize = GROUP + 2;

/// [channels, height, width, squeezed]
const SHAPES: [[usize; 4]; 5] = [[1, 2, 3, 1], [7, 3, 2, 2], [16, 1, 1, 4], [33, 4, 5, 9], [24, 7, 7, 40]];

#[test]
fn equals_the_reference_bit_for_bit() {
    let mut teams = teams();
    for (number, [channels, height, width, squeezed]) in SHAPES.into_iter().enumerate() {
        let gate = [Gate::Sigmoid, Gate::Hardsigmoid][number % 2];
        let g = SqueezeGeometry { rows: height, columns: width, channels, squeezed, gate };
        let of = SqueezeExcitation { dims: [channels, height, width], squeezed, gate };
        let len = channels * height * width;
        for (values, make) in MAKERS {
            let seed = 7000 + 10 * number as u64;
            let (x, dy, before) =
                (make(seed, IMAGES * len), make(seed + 1, IMAGES * len), uniform(seed, IMAGES * len));
            let owned: Vec<_> =
                of.lens().iter().enumerate().map(|(i, &len)| uniform(seed + 2 + i as u64, len)).collect();
            let parameters = [0, 1, 2, 3].map(|i| &owned[i][..]);
            let mut y = vec![0.0; x.len()];
            let kept = reference::forward(&g, &x, parameters, &mut y);
            let mut d = of.lens().map(|len| vec![0.0; len]);
            let dx = [false, true].map(|accumulate| {
                let mut dx = before.clone();
                let [a, b, c, e] = &mut d;
                reference::gradients(&g, [&x, &dy], parameters, &kept, [a, b, c, e], accumulate, &mut dx);
                dx
            });
            let [dense, framed] = layouts(of.dims);
            for team in &mut teams {
                for (from, to) in [(dense, framed), (framed, dense)] {
                    let what = format!("{of:?} {values} {seed} {team:?} {from:?}");
                    let mut workspace = Workspace::new(of, IMAGES, team.threads()).expect("memory");
                    let input = surrounded(from, &x);
                    let x = Images { values: &input, layout: from };
                    let mut output = vec![POISON; to.buffer_len(IMAGES)];
                    let out = ImagesMut { values: &mut output, layout: to };
                    forward(team, of, IMAGES, parameters, &mut workspace, x, out);
                    same_bits(&inside(to, &output, IMAGES, &what), &y, &format!("output of {what}"));
                    let d_output = surrounded(to, &dy);
                    for (accumulate, expected) in [false, true].into_iter().zip(&dx) {
                        let mut d_input = surrounded(from, &before);
                        let mut partials = vec![POISON; 2 * of.partial_len()];
                        let args = Backward {
                            of,
                            images: IMAGES,
                            parameters,
                            workspace: &mut workspace,
                            x,
                            dy: Images { values: &d_output, layout: to },
                            partials: &mut partials,
                            dx: Some((accumulate, ImagesMut { values: &mut d_input, layout: from })),
                        };
                        backward(team, args);
                        let name = format!("input gradient of {what}, accumulate {accumulate}");
                        same_bits(&inside(from, &d_input, IMAGES, &name), expected, &name);
                        let (first, second) = partials.split_at(of.partial_len());
                        let total: Vec<f32> = first.iter().zip(second).map(|(a, b)| 0.0 + a + b).collect();
                        same_bits(&total, &d.concat(), &format!("gradients of the layers of {what}"));
                    }
                }
            }
        }
    }
}

/// Computed by hand: means 1 and 2 become max(1 + 4 - 1, 0) = 4, and 4 becomes gate(4 - 3) and gate(-4 + 0.5).
#[test]
fn the_reference_is_the_formula() {
    let x = [0.0, 1.0, 2.0, 3.0];
    let parameters: [&[f64]; 4] = [&[1.0, 2.0], &[-1.0], &[1.0, -1.0], &[-3.0, 0.5]];
    for (gate, expected) in [
        (Gate::Sigmoid, [1.0 / (1.0 + f64::exp(-1.0)), 1.0 / (1.0 + f64::exp(3.5))]),
        (Gate::Hardsigmoid, [4.0 / 6.0, 0.0]),
    ] {
        let g = SqueezeGeometry { rows: 1, columns: 2, channels: 2, squeezed: 1, gate };
        let mut y = [9.0; 4];
        reference::forward(&g, &x, parameters, &mut y);
        for (i, (&x, y)) in x.iter().zip(y).enumerate() {
            assert!((y - x * expected[i % 2]).abs() < 1e-15, "{gate:?}: value {i} is {y}");
        }
    }
}
