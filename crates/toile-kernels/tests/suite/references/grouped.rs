//! The plain grouped convolution in f32 against f64, and against the dense one where there is but one group.

use toile_kernels::conv2d::reference::{self as conv2d, Conv2dGeometry};
use toile_kernels::grouped_conv2d::reference::{self as grouped, GroupedConv2dGeometry};
use toile_kernels::precision::Precision::F32;

use super::{bounded, magnitudes, uniform, wide};
use crate::grouped_conv2d::{SHAPES, conv};

#[test]
fn grouped_conv2d_is_bounded_against_f64() {
    for (number, shape) in SHAPES.iter().enumerate() {
        let (_, g) = conv(shape, None);
        // More than a group.
        let (images, seed) = (11, 10 * number as u64);
        let (x, w) = (uniform(seed + 1, images * g.input_len()), uniform(seed + 2, g.weight_len()));
        let (b, dy) = (uniform(seed + 3, g.out_channels), uniform(seed + 4, images * g.output_len()));
        let there = uniform(seed + 5, x.len());

        let mut y = vec![0.0f32; dy.len()];
        grouped::forward(&g, &x, &w, Some(&b), &mut y);
        let [mut exact, mut sizes] = [vec![0.0f64; dy.len()], vec![0.0f64; dy.len()]];
        grouped::forward(&g, &wide(&x), &wide(&w), Some(&wide(&b)), &mut exact);
        grouped::forward(&g, &magnitudes(&x), &magnitudes(&w), Some(&magnitudes(&b)), &mut sizes);
        bounded(&y, &exact, &sizes, g.weight_len() / g.out_channels, "grouped forward");

        let [mut dw, mut db] = [vec![0.0f32; w.len()], vec![0.0f32; b.len()]];
        grouped::weight_gradient(&g, &x, &dy, &mut dw, Some(&mut db));
        let [mut exact, mut exact_b] = [vec![0.0f64; w.len()], vec![0.0f64; b.len()]];
        grouped::weight_gradient(&g, &wide(&x), &wide(&dy), &mut exact, Some(&mut exact_b));
        let [mut sizes, mut sizes_b] = [vec![0.0f64; w.len()], vec![0.0f64; b.len()]];
        grouped::weight_gradient(&g, &magnitudes(&x), &magnitudes(&dy), &mut sizes, Some(&mut sizes_b));
        let roundings = 8 * g.window.output_pixels() + 2;
        bounded(&dw, &exact, &sizes, roundings, "grouped weight gradient");
        bounded(&db, &exact_b, &sizes_b, roundings, "grouped bias gradient");

        let mut dx = there.clone();
        grouped::input_gradient(&g, &dy, &w, true, &mut dx);
        let [mut exact, mut sizes] = [wide(&there), magnitudes(&there)];
        grouped::input_gradient(&g, &wide(&dy), &wide(&w), true, &mut exact);
        grouped::input_gradient(&g, &magnitudes(&dy), &magnitudes(&w), true, &mut sizes);
        bounded(&dx, &exact, &sizes, g.weight_len() / g.in_channels, "grouped input gradient");
    }
}

/// The windows of the table with one group and no holes: the dense reference is one that others have checked.
#[test]
fn one_group_without_holes_is_the_dense_convolution() {
    for shape in SHAPES {
        let mut shape = *shape;
        (shape[3], shape[12], shape[13]) = (1, 1, 1);
        let (_, g) = conv(&shape, None);
        let GroupedConv2dGeometry { window, in_channels, out_channels, .. } = g;
        let dense = Conv2dGeometry { window, in_channels, out_channels };
        let images = shape[0];
        let (x, w) = (wide(&uniform(1, images * g.input_len())), wide(&uniform(2, g.weight_len())));
        let dy = wide(&uniform(3, images * g.output_len()));
        let mut results = [false, true].map(|is_dense| {
            let (mut y, mut dw, mut dx) = (vec![0.0; dy.len()], vec![0.0; w.len()], vec![0.0; x.len()]);
            if is_dense {
                conv2d::forward(&dense, F32, &x, &w, None, &mut y);
                conv2d::weight_gradient(&dense, F32, &x, &dy, &mut dw, None);
                conv2d::input_gradient(&dense, F32, &dy, &w, false, &mut dx);
            } else {
                grouped::forward(&g, &x, &w, None, &mut y);
                grouped::weight_gradient(&g, &x, &dy, &mut dw, None);
                grouped::input_gradient(&g, &dy, &w, false, &mut dx);
            }
            [y, dw, dx].concat()
        });
        let [got, expected] = &mut results;
        let off = got.iter().zip(expected.iter()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off < 1e-11 && expected.iter().any(|v| *v != 0.0), "{shape:?}: off by {off:e}");
    }
}
