//! The plain references: f32 against f64 within bounds derived from the arithmetic, and the values that
//! a tolerance cannot see: NaN, infinities, signed zeros, ties.

mod grouped;
mod optimizers;
mod winograd;

use toile_kernels::activation::{Activation, reference as activation};
use toile_kernels::avg_pool2d::reference::{self as avg_pool2d, AvgPoolGeometry};
use toile_kernels::batch_norm::reference::{self as batch_norm, BatchNormGeometry, Moments, Normalisation};
use toile_kernels::conv2d::reference::{self as conv2d, Conv2dGeometry};
use toile_kernels::dropout::reference as dropout;
use toile_kernels::linear::reference::{self as linear, LinearGeometry};
use toile_kernels::log_softmax::{Targets, reference as log_softmax};
use toile_kernels::max_pool2d::reference as max_pool2d;
use toile_kernels::precision::Precision::F32;
use toile_kernels::random::{Purpose, Stream};
use toile_kernels::window::WindowGeometry;

use crate::support;

/// Half the distance from 1 to the next f32: the largest relative error of one rounding.
const UNIT: f64 = 1.0 / 16_777_216.0;

/// Values in (-1, 1) whose sums round: those of `support` are multiples of 2^-23.
fn uniform(seed: u64, len: usize) -> Vec<f32> {
    support::uniform(seed, len).iter().map(|v| v * 0.9).collect()
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

fn magnitudes(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v.abs())).collect()
}

/// Asserts |got - exact| <= roundings * UNIT * size: the bound of a sum of products of which `size` is
/// the sum of magnitudes, after so many roundings one behind the other (Higham, "Accuracy and Stability of
/// Numerical Algorithms", section 3.1; 1 % covers the higher powers of UNIT).
#[track_caller]
fn bounded(got: &[f32], exact: &[f64], sizes: &[f64], roundings: usize, what: &str) {
    assert!(got.len() == exact.len() && got.len() == sizes.len() && !got.is_empty(), "{what}: lengths");
    let mut differs = false;
    for (i, ((&got, &exact), &size)) in got.iter().zip(exact).zip(sizes).enumerate() {
        let error = (f64::from(got) - exact).abs();
        let bound = 1.01 * roundings as f64 * UNIT * size;
        assert!(error <= bound, "{what}: value {i} is {got}, exact {exact}, bound {bound:e}");
        differs |= error > 0.0;
    }
    assert!(differs, "{what}: no rounding at all, so nothing was compared");
}

fn conv_geometries() -> Vec<Conv2dGeometry> {
    let cases = [
        // input, kernel, stride, padding, in, out
        ([6, 5], [3, 3], [1, 1], [1, 1], 3, 4),
        ([7, 8], [5, 5], [2, 2], [2, 2], 2, 3),
        ([7, 9], [2, 3], [3, 2], [0, 1], 1, 2),
        ([4, 4], [1, 1], [2, 2], [0, 0], 5, 2),
        ([7, 7], [7, 7], [1, 1], [3, 3], 1, 1),
    ];
    cases
        .into_iter()
        .map(|(input, kernel, stride, padding, in_channels, out_channels)| {
            let output = [0, 1].map(|a| (input[a] + 2 * padding[a] - kernel[a]) / stride[a] + 1);
            let window = WindowGeometry { input, output, kernel, stride, padding };
            Conv2dGeometry { window, in_channels, out_channels }
        })
        .collect()
}

#[test]
fn conv2d_is_bounded_against_f64() {
    const IMAGES: usize = 11;
    for g in conv_geometries() {
        let x = uniform(1, IMAGES * g.input_len());
        let w = uniform(2, g.weight_len());
        let b = uniform(3, g.out_channels);
        let dy = uniform(4, IMAGES * g.output_len());
        let there = uniform(5, x.len());

        let mut y = vec![0.0f32; dy.len()];
        conv2d::forward(&g, F32, &x, &w, Some(&b), &mut y);
        let [mut exact, mut sizes] = [vec![0.0f64; dy.len()], vec![0.0f64; dy.len()]];
        conv2d::forward(&g, F32, &wide(&x), &wide(&w), Some(&wide(&b)), &mut exact);
        conv2d::forward(&g, F32, &magnitudes(&x), &magnitudes(&w), Some(&magnitudes(&b)), &mut sizes);
        bounded(&y, &exact, &sizes, g.weight_len() / g.out_channels, "conv2d forward");

        let [mut dw, mut db] = [vec![0.0f32; w.len()], vec![0.0f32; b.len()]];
        conv2d::weight_gradient(&g, F32, &x, &dy, &mut dw, Some(&mut db));
        let [mut exact, mut exact_b] = [vec![0.0f64; w.len()], vec![0.0f64; b.len()]];
        conv2d::weight_gradient(&g, F32, &wide(&x), &wide(&dy), &mut exact, Some(&mut exact_b));
        let [mut sizes, mut sizes_b] = [vec![0.0f64; w.len()], vec![0.0f64; b.len()]];
        conv2d::weight_gradient(&g, F32, &magnitudes(&x), &magnitudes(&dy), &mut sizes, Some(&mut sizes_b));
        let roundings = 8 * g.window.output_pixels() + 2;
        bounded(&dw, &exact, &sizes, roundings, "conv2d weight gradient");
        bounded(&db, &exact_b, &sizes_b, roundings, "conv2d bias gradient");

        let mut dx = there.clone();
        conv2d::input_gradient(&g, F32, &dy, &w, true, &mut dx);
        let [mut exact, mut sizes] = [wide(&there), magnitudes(&there)];
        conv2d::input_gradient(&g, F32, &wide(&dy), &wide(&w), true, &mut exact);
        conv2d::input_gradient(&g, F32, &magnitudes(&dy), &magnitudes(&w), true, &mut sizes);
        let roundings = g.weight_len() / g.in_channels;
        bounded(&dx, &exact, &sizes, roundings, "conv2d input gradient");
    }
}

/// The order of a weight gradient: block by block, in each row by row.
#[test]
fn conv2d_adds_up_blocks_of_four_pixels() {
    let window =
        WindowGeometry { input: [3, 5], output: [3, 5], kernel: [1, 1], stride: [1, 1], padding: [0, 0] };
    let g = Conv2dGeometry { window, in_channels: 1, out_channels: 1 };
    let order = [0, 1, 5, 6, 2, 3, 7, 8, 4, 9, 10, 11, 12, 13, 14];
    let sum = |dy: &[f32], order: &[usize]| order.iter().fold(0.0, |sum, &pixel| sum + dy[pixel]);
    let (mut dw, mut db) = ([0.0f32], [0.0f32]);
    let mut by_rows = 0;
    for seed in 0..20 {
        let dy = uniform(seed, 15);
        conv2d::weight_gradient(&g, F32, &[1.0; 15], &dy, &mut dw, Some(&mut db));
        assert_eq!([dw[0], db[0]].map(f32::to_bits), [sum(&dy, &order).to_bits(); 2], "seed {seed}");
        by_rows += usize::from(db[0] == sum(&dy, &std::array::from_fn::<_, 15, _>(|i| i)));
    }
    assert!(by_rows < 20, "the order row by row gives the same sums: nothing was tested");
}

/// Zero paddings are multiplied: an infinite weight shows, on every path alike.
#[test]
fn conv2d_multiplies_its_padding() {
    let window =
        WindowGeometry { input: [2, 2], output: [2, 2], kernel: [3, 3], stride: [1, 1], padding: [1, 1] };
    let g = Conv2dGeometry { window, in_channels: 1, out_channels: 1 };
    let mut w = vec![0.0f32; 9];
    w[0] = f32::INFINITY;
    let mut y = vec![0.0; 4];
    conv2d::forward(&g, F32, &[1.0; 4], &w, None, &mut y);
    assert!(y[0].is_nan() && y[1].is_nan() && y[2].is_nan() && y[3] == f32::INFINITY, "{y:?}");
}

#[test]
fn linear_is_bounded_against_f64() {
    const IMAGES: usize = 5;
    for (in_features, out_features) in
        [(1, 3), (15, 2), (16, 4), (17, 1), (100, 7), (511, 2), (512, 2), (577, 3)]
    {
        let g = LinearGeometry { in_features, out_features };
        let x = uniform(1, IMAGES * in_features);
        let w = uniform(2, in_features * out_features);
        let b = uniform(3, out_features);
        let dy = uniform(4, IMAGES * out_features);

        let mut y = vec![0.0f32; dy.len()];
        linear::forward(&g, &x, &w, Some(&b), &mut y);
        let [mut exact, mut sizes] = [vec![0.0f64; dy.len()], vec![0.0f64; dy.len()]];
        linear::forward(&g, &wide(&x), &wide(&w), Some(&wide(&b)), &mut exact);
        linear::forward(&g, &magnitudes(&x), &magnitudes(&w), Some(&magnitudes(&b)), &mut sizes);
        // A lane's products, the tree, the bias.
        bounded(&y, &exact, &sizes, in_features.div_ceil(16) + 4 + 1, "linear forward");

        let [mut dw, mut db] = [vec![0.0f32; w.len()], vec![0.0f32; b.len()]];
        linear::weight_gradient(&g, &x, &dy, &mut dw, Some(&mut db));
        let [mut exact, mut exact_b] = [vec![0.0f64; w.len()], vec![0.0f64; b.len()]];
        linear::weight_gradient(&g, &wide(&x), &wide(&dy), &mut exact, Some(&mut exact_b));
        let [mut sizes, mut sizes_b] = [vec![0.0f64; w.len()], vec![0.0f64; b.len()]];
        linear::weight_gradient(&g, &magnitudes(&x), &magnitudes(&dy), &mut sizes, Some(&mut sizes_b));
        bounded(&dw, &exact, &sizes, IMAGES, "linear weight gradient");
        bounded(&db, &exact_b, &sizes_b, IMAGES, "linear bias gradient");

        let there = uniform(5, x.len());
        let mut dx = there.clone();
        linear::input_gradient(&g, &dy, &w, true, &mut dx);
        let [mut exact, mut sizes] = [wide(&there), magnitudes(&there)];
        linear::input_gradient(&g, &wide(&dy), &wide(&w), true, &mut exact);
        linear::input_gradient(&g, &magnitudes(&dy), &magnitudes(&w), true, &mut sizes);
        bounded(&dx, &exact, &sizes, out_features, "linear input gradient");
    }
}

/// Every product of the sum in 16 lanes lands in it once: powers of two cannot cancel.
#[test]
fn linear_takes_each_product_once() {
    let g = LinearGeometry { in_features: 20, out_features: 1 };
    let x: Vec<f32> = (0..20).map(|k| f32::from_bits((127 + k) << 23)).collect();
    let mut y = [0.0];
    linear::forward(&g, &x, &[1.0; 20], None, &mut y);
    assert_eq!(y, [1_048_575.0]);
    // In two halves: the sum of 1 to n is exact.
    for n in [511u16, 512, 575, 576, 577, 640] {
        let g = LinearGeometry { in_features: usize::from(n), out_features: 1 };
        let x: Vec<f32> = (1..=n).map(f32::from).collect();
        linear::forward(&g, &x, &vec![1.0; x.len()], None, &mut y);
        assert_eq!(y, [f32::from(n) * (f32::from(n) + 1.0) / 2.0], "of {n}");
    }
}

#[test]
fn memory_order_is_row_column_channel() {
    let image = [2, 2, 3];
    let pytorch: Vec<u32> = (0..24).collect();
    let mut memory = vec![0; 24];
    linear::to_memory_order(image, &pytorch, &mut memory);
    assert_eq!(memory[..12], [0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]);
    let mut back = vec![0; 24];
    linear::from_memory_order(image, &memory, &mut back);
    assert_eq!(back, pytorch);
}

#[test]
fn relu_and_max_pool_pass_nan_and_keep_signs() {
    let x = [-1.0f32, -0.0, 0.0, 2.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-45, -1e-45];
    let mut y = [9.0f32; 9];
    activation::forward(Activation::ReLU, &x, &mut y);
    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&y), bits(&[0.0, -0.0, 0.0, 2.0, f32::NAN, f32::INFINITY, 0.0, 1e-45, 0.0]));
    let mut dx = [9.0f32; 9];
    activation::input_gradient(Activation::ReLU, &x, &[3.0; 9], false, &mut dx);
    assert_eq!(dx, [0.0, 0.0, 0.0, 3.0, 3.0, 3.0, 0.0, 3.0, 0.0]);

    let window =
        WindowGeometry { input: [1, 4], output: [1, 1], kernel: [1, 4], stride: [1, 1], padding: [0, 0] };
    for (x, value, winner) in [
        ([1.0f32, 3.0, 3.0, 2.0], 3.0f32, 1),
        ([-0.0, 0.0, -0.0, 0.0], -0.0, 0),
        ([1.0, f32::NAN, f32::INFINITY, 2.0], f32::NAN, 1),
        ([f32::NAN, 1.0, f32::NAN, 2.0], f32::NAN, 2),
        ([f32::NEG_INFINITY; 4], f32::NEG_INFINITY, 0),
    ] {
        let (mut y, mut winners) = ([0.0f32], [9u16]);
        max_pool2d::forward(&window, 1, &x, &mut y, &mut winners);
        assert_eq!((y[0].to_bits(), winners[0]), (value.to_bits(), winner), "{x:?}");
    }
}

#[test]
fn overlapping_max_pools_add_their_gradients_and_ignore_padding() {
    let window =
        WindowGeometry { input: [1, 4], output: [1, 3], kernel: [1, 3], stride: [1, 2], padding: [0, 1] };
    // Windows: (pad, -5, -1), (-1, -3, -2), (-2, pad, pad: hanging over the edge).
    let x = [-5.0f32, -1.0, -3.0, -2.0];
    let (mut y, mut winners) = ([0.0f32; 3], [0u16; 3]);
    max_pool2d::forward(&window, 1, &x, &mut y, &mut winners);
    assert_eq!((y, winners), ([-1.0, -1.0, -2.0], [2, 0, 0]));
    let mut dx = [100.0f32; 4];
    max_pool2d::input_gradient(&window, 1, &[1.0, 10.0, 7.0], &winners, true, &mut dx);
    assert_eq!(dx, [100.0, 111.0, 100.0, 107.0]);
}

#[test]
fn avg_pool_divides_by_what_counts() {
    // PyTorch: avg_pool1d([1, 2, 4, 8], 3, stride 2, padding 1, ceil_mode) with and without the padding.
    let window =
        WindowGeometry { input: [1, 4], output: [1, 3], kernel: [1, 3], stride: [1, 2], padding: [0, 1] };
    for (count_include_pad, expected) in
        [(true, [1.0f32, 14.0 / 3.0, 4.0]), (false, [1.5f32, 14.0 / 3.0, 8.0])]
    {
        let mut y = [0.0f32; 3];
        let g = AvgPoolGeometry::Sliding { window, count_include_pad };
        avg_pool2d::forward(&g, 1, &[1.0, 2.0, 4.0, 8.0], &mut y);
        assert_eq!(y, expected);
    }
    let mut y = [0.0f32; 3];
    let g = AvgPoolGeometry::Adaptive { input: [1, 4], output: [1, 3] };
    avg_pool2d::forward(&g, 1, &[1.0, 2.0, 4.0, 8.0], &mut y);
    assert_eq!(y, [1.5, 3.0, 6.0]);
}

#[test]
fn batch_norm_is_bounded_against_f64() {
    let g = BatchNormGeometry { rows: 3, columns: 7, channels: 3 };
    // A mean far from 0: the variance must not be computed by subtracting squares.
    let x: Vec<f32> = uniform(1, 5 * 63).iter().map(|v| v + 30.0).collect();
    for (c, m) in batch_norm::moments(&g, &x).iter().enumerate() {
        let channel: Vec<f64> = x.iter().skip(c).step_by(3).map(|&v| f64::from(v)).collect();
        let n = channel.len() as f64;
        let mean = channel.iter().sum::<f64>() / n;
        let variance = channel.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
        // The mean: not more than 21 additions and a division of values near 30.
        assert!((m.mean - mean).abs() <= 22.0 * 31.0 * UNIT, "{} {mean}", m.mean);
        // Within an image: squares of once-rounded differences, 21 sums, and the mean's error squared.
        // Between images: the distances of their means carry twice that error.
        let mean_error = 22.0 * 31.0 * UNIT;
        let image_means = channel.chunks_exact(21).map(|image| image.iter().sum::<f64>() / 21.0);
        let spread = image_means.map(|image| (image - mean).abs()).fold(0.0, f64::max);
        let bound = 23.0 * UNIT * variance + (mean_error + 2.0 * spread) * 2.0 * mean_error;
        assert!((m.variance() - variance).abs() <= bound, "{} {variance}", m.variance());
        assert_eq!(m.count, n);
    }
    let moments = batch_norm::moments(&g, &wide(&x));
    let of = |m: &Moments| (m.mean as f32, batch_norm::invstd::<f32>(m.variance(), 1e-5));
    let (mean, invstd): (Vec<f32>, Vec<f32>) = moments.iter().map(of).unzip();
    let [gamma, beta, dy] = [uniform(2, 3), uniform(3, 3), uniform(4, x.len())];
    let n = Normalisation { mean: &mean, invstd: &invstd, gamma: &gamma };
    let [mean, invstd, gamma] = [&mean, &invstd, &gamma].map(|v| wide(v));
    let exact_n = Normalisation { mean: &mean, invstd: &invstd, gamma: &gamma };

    let mut y = vec![0.0f32; x.len()];
    batch_norm::forward(&g, n, &beta, &x, &mut y);
    let mut exact = vec![0.0f64; x.len()];
    batch_norm::forward(&g, exact_n, &wide(&beta), &wide(&x), &mut exact);
    // xhat is at most 2, gamma and beta 1; the subtraction, the product, the sum.
    bounded(&y, &exact, &vec![3.0; x.len()], 3, "batch_norm forward");

    let [mut dgamma, mut dbeta, mut dx] = [vec![0.0f32; 3], vec![0.0f32; 3], vec![0.0f32; x.len()]];
    batch_norm::gradients(&g, n, &x, &dy, [&mut dgamma, &mut dbeta], false, &mut dx);
    let [mut exact_dgamma, mut exact_dbeta, mut exact] = [vec![0.0; 3], vec![0.0; 3], vec![0.0; x.len()]];
    let exact_parameters = [&mut exact_dgamma[..], &mut exact_dbeta];
    batch_norm::gradients(&g, exact_n, &wide(&x), &wide(&dy), exact_parameters, false, &mut exact);
    // Sums of 105 terms, 21 at a time in f32; xhat has two roundings of its own.
    bounded(&dbeta, &exact_dbeta, &[105.0; 3], 22, "batch_norm dbeta");
    bounded(&dgamma, &exact_dgamma, &[210.0; 3], 24, "batch_norm dgamma");
    // dy - c1 - xhat c2 is at most 1 + 1 + 2 * 2; its parts have up to 27 roundings, invstd is about 1.7.
    bounded(&dx, &exact, &vec![6.0 * 1.8; x.len()], 30, "batch_norm dx");
}

#[test]
fn running_statistics_follow_pytorch() {
    // torch: bn = BatchNorm1d(1); bn(tensor([[1.], [2.], [6.]])): mean 3, unbiased variance 7.
    let g = BatchNormGeometry { rows: 1, columns: 1, channels: 1 };
    let moments = batch_norm::moments(&g, &[1.0f64, 2.0, 6.0]);
    let (mut mean, mut variance) = (0.0f64, 1.0f64);
    moments[0].update_running(0.1, &mut mean, &mut variance);
    assert!((mean - 0.3).abs() < 1e-15 && (variance - 1.6).abs() < 1e-15, "{mean} {variance}");
}

#[test]
#[should_panic(expected = "more than one value")]
fn batch_norm_refuses_to_train_on_one_value() {
    let moments = batch_norm::moments(&BatchNormGeometry { rows: 1, columns: 1, channels: 1 }, &[1.0f64]);
    moments[0].update_running(0.1, &mut 0.0f64, &mut 1.0f64);
}

#[test]
fn gelu_is_bounded_against_f64() {
    let x: Vec<f32> = uniform(1, 2000).iter().map(|v| v * 6.0).collect();
    for tanh in [false, true] {
        let [mut y, mut dx] = [vec![0.0f32; x.len()], vec![0.0f32; x.len()]];
        activation::forward(Activation::GELU { tanh }, &x, &mut y);
        activation::input_gradient(Activation::GELU { tanh }, &x, &vec![1.0; x.len()], false, &mut dx);
        let [mut exact, mut exact_dx] = [vec![0.0f64; x.len()], vec![0.0f64; x.len()]];
        activation::forward(Activation::GELU { tanh }, &wide(&x), &mut exact);
        activation::input_gradient(
            Activation::GELU { tanh },
            &wide(&x),
            &vec![1.0; x.len()],
            false,
            &mut exact_dx,
        );
        // Of x Phi: Phi within 1.2e-7, 2 units, and a rounding. Of the other: 1 + tanh is at most 2, with 2 ulp of tanh
        // (4 units), its argument's roundings (whose slope is below 1) and 3 more operations.
        let sizes: Vec<f64> = x.iter().map(|&x| f64::from(x.abs())).collect();
        bounded(&y, &exact, &sizes, 10, "gelu");
        // The slope is at most 1.2, within 3e-7, 5 units; of the other its second term bends with the argument.
        bounded(&dx, &exact_dx, &vec![2.0; x.len()], 20, "gelu gradient");
    }
}

#[test]
fn dropout_keeps_its_share_and_scales_it() {
    assert_eq!(dropout::threshold(0.0), 0);
    assert_eq!(dropout::threshold(0.5), 1 << 31);
    assert_eq!(dropout::scale::<f32>(0.5), 2.0);
    let stream = Stream::new(1, Purpose::Dropout(0), 2, 3);
    let units = 100_000;
    let kept = (0..units).filter(|&u| dropout::keep(&stream, dropout::threshold(0.3), u)).count();
    // Five standard deviations of a binomial.
    assert!((kept as f64 - 70_000.0).abs() < 5.0 * (100_000.0f64 * 0.21).sqrt(), "{kept}");
    assert!((0..1000).all(|u| dropout::keep(&stream, dropout::threshold(0.0), u)));

    let mut y = [1.0f32; 6];
    dropout::apply(2.0, &[true, false], &[1.0, f32::NAN, 3.0, -4.0, f32::NAN, 6.0], false, &mut y);
    assert!(y[4].is_nan());
    assert_eq!(
        [y[0], y[1], y[2], y[3], y[5]].map(f32::to_bits),
        [2.0f32, 0.0, 6.0, 0.0, 0.0].map(f32::to_bits)
    );
}

#[test]
fn log_softmax_is_bounded_against_f64_and_shows_nan() {
    let classes = 10;
    let x: Vec<f32> = uniform(1, 50 * classes).iter().map(|v| v * 20.0).collect();
    let labels: Vec<u32> = (0..50).map(|i| i * 3 % 10).collect();
    let mut y = vec![0.0f32; x.len()];
    log_softmax::forward(classes, &x, &mut y);
    let mut exact = vec![0.0f64; x.len()];
    log_softmax::forward(classes, &wide(&x), &mut exact);
    // x - m is at most 40 and rounds twice; the sum's relative error of 12 roundings becomes absolute.
    bounded(&y, &exact, &vec![40.0; x.len()], 3, "log_softmax");
    for smoothing in [0.0, 0.2] {
        let (mut dx, mut exact_dx) = (vec![0.0f32; x.len()], vec![0.0f64; x.len()]);
        let targets = Targets::plain(&labels, smoothing);
        targets.gradient(classes, &x, &mut dx);
        targets.gradient(classes, &wide(&x), &mut exact_dx);
        // exp carries the rounding of its argument: up to 40 units where the result is tiny, a few where it
        // counts; x e^-x stays below 1.
        bounded(&dx, &exact_dx, &vec![1.0 / 50.0; x.len()], 20, "log_softmax gradient");
        let row_sums = exact_dx.chunks_exact(classes).map(|row| row.iter().sum::<f64>());
        assert!(row_sums.into_iter().all(|sum| sum.abs() < 1e-15));
        let row = &exact[..classes];
        let uniform_part = row.iter().map(|v| -v).sum::<f64>() / classes as f64;
        let expected = (1.0 - smoothing) * -row[4] + smoothing * uniform_part;
        let loss = log_softmax::loss(smoothing, row, 4);
        assert!((loss - expected).abs() < 1e-13 * expected, "{loss} {expected}");
    }
    for odd in [f32::NAN, f32::INFINITY] {
        let mut x = [0.5f32; 5];
        x[3] = odd;
        let mut y = [0.0f32; 5];
        log_softmax::forward(5, &x, &mut y);
        assert!(y.iter().any(|v| v.is_nan()), "{odd}: {y:?}");
    }
    let mut y = [0.0f32; 3];
    log_softmax::forward(3, &[0.0, f32::NEG_INFINITY, 0.0], &mut y);
    assert_eq!(y, [-std::f32::consts::LN_2, f32::NEG_INFINITY, -std::f32::consts::LN_2]);
}

/// Values written by PyTorch 2.15 in float64.
#[test]
fn gelu_is_pytorchs() {
    let x = [-2.5f64, -0.5, 0.0, 1.0, 3.0];
    for (tanh, expected) in [
        (false, [-0.015524163314440398, -0.15426876936299344, 0.0, 0.841344746068543, 2.99595030590511]),
        (true, [-0.015084266089998577, -0.15428599017485606, 0.0, 0.8411919906082768, 2.996362607918227]),
    ] {
        let mut y = [9.0f64; 5];
        activation::forward(Activation::GELU { tanh }, &x, &mut y);
        assert!(y.iter().zip(expected).all(|(y, e)| (y - e).abs() < 1e-15), "{tanh}: {y:?}");
    }
}
