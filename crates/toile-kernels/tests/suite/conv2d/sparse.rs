//! Gradients behind pooling, most of which are zero.

use super::{Case, Data, Then, UNIFORM, check, conv};
use crate::support::{Maker, teams, uniform};

/// Kernels and channels that cut the sparse kernels' registers in every way.
const POOLED: &[[usize; 11]] = &[
    [3, 3, 9, 11, 16, 3, 3, 1, 1, 1, 1],
    [2, 1, 13, 11, 33, 5, 5, 1, 1, 2, 2],
    [2, 1, 7, 9, 20, 3, 3, 1, 1, 0, 0],
    [2, 2, 8, 6, 3, 7, 7, 1, 1, 3, 3],
    [2, 16, 9, 9, 33, 5, 5, 1, 1, 2, 2],
    [2, 33, 7, 9, 5, 3, 3, 1, 1, 0, 0],
    [2, 64, 6, 7, 64, 3, 3, 1, 1, 1, 1],
    [2, 5, 9, 8, 1, 4, 4, 1, 1, 1, 1],
    [2, 35, 5, 5, 3, 1, 1, 1, 1, 0, 0],
    [2, 16, 9, 8, 17, 3, 2, 2, 1, 1, 0],
    [2, 6, 10, 9, 16, 8, 3, 1, 1, 3, 1],
];

/// What dropout and ReLU leave of a gradient: zeros of either sign, alone and whole channels long.
fn half_zero(seed: u64, len: usize) -> Vec<f32> {
    let mut values = uniform(seed, len);
    for (i, value) in values.iter_mut().enumerate() {
        match i * 7 % 16 {
            0..4 => *value = 0.0,
            4..8 => *value = -0.0,
            _ => {}
        }
    }
    values
}

#[test]
fn sparse_gradients_equal_dense_ones_whatever_the_share_of_zeros() {
    let gradients: [Maker; 4] = [uniform, half_zero, |_, len| vec![0.0; len], |_, len| vec![-0.0; len]];
    for dy in gradients {
        check(POOLED, &Data { dy, ..UNIFORM });
    }
}

#[test]
fn a_gradient_of_nan_reaches_whatever_it_meets() {
    for shape in [[2, 1, 8, 8, 17, 3, 3, 1, 1, 1, 1], [2, 16, 8, 8, 17, 3, 3, 1, 1, 1, 1]] {
        let then = Then { pool: true, activation: None, pool_first: false };
        let Some((conv, geometry)) = conv(&shape, then) else { panic!("an output") };
        let mut dy = vec![0.0; 2 * conv.output.image_len()];
        // One value of channel 16, in the second image.
        dy[conv.output.image_len() + 5 * 17 + 16] = f32::NAN;
        let case = Case {
            conv,
            geometry,
            images: 2,
            x: uniform(1, 2 * geometry.input_len()),
            weight: uniform(2, geometry.weight_len()),
            bias: uniform(3, 17),
            dy,
            dx: vec![0.0; 2 * geometry.input_len()],
        };
        for mut team in teams() {
            let [got, _] = case.kernel(&mut team);
            let window = geometry.weight_len() / 17;
            assert!(got.dweight[..16 * window].iter().all(|v| *v == 0.0), "{team:?}");
            assert!(got.dweight[16 * window..].iter().all(|v| v.is_nan()), "{team:?}");
            assert!(got.dbias[16].is_nan() && got.dbias[..16].iter().all(|v| *v == 0.0), "{team:?}");
            let nans = got.dx.iter().filter(|v| v.is_nan()).count();
            assert!((1..=window).contains(&nans), "{nans} values of the input gradient are NaN, {team:?}");
        }
    }
}
