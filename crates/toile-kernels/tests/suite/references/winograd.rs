//! Winograd's plain reference.

use toile_kernels::conv2d::reference::{self as conv2d, Conv2dGeometry};
use toile_kernels::conv2d::winograd::reference as winograd;
use toile_kernels::conv2d::{Algorithm, Algorithms, Beside, Tile};
use toile_kernels::precision::Precision::{self, Bf16, F32};
use toile_kernels::window::WindowGeometry;

use super::{bounded, uniform, wide};
use crate::support;

/// [height, width, padding rows, columns, in channels, out channels]: tiles over each edge, and padding that
/// the input gradient cuts off.
const SHAPES: [[usize; 6]; 6] = [
    [6, 5, 1, 1, 17, 4],
    [4, 4, 0, 0, 3, 33],
    [3, 3, 0, 2, 5, 2],
    [7, 8, 2, 1, 2, 3],
    [2, 4, 4, 3, 1, 2],
    [1, 1, 1, 1, 2, 2],
];

/// What bounds the errors of a tile, along an axis.
struct Terms {
    /// How many times the terms of an output can exceed the tile's largest value times the weights' sizes: the largest
    /// over outputs i and weights k of the sum over components c of |A^T|[i][c] |G|[c][k] (sum over d of |B^T|[c][d]).
    forward: f64,
    /// How many times the terms of a weight's gradient can exceed the tile's largest x times its largest dy: the
    /// largest over weights k of the sum over components c of |G|[c][k] (sum |B^T|[c]) (sum |A^T| of c).
    weight: f64,
    /// Roundings on both axes, of what is transformed and of the result.
    transforms: usize,
}

fn terms(tile: Tile) -> Terms {
    match tile {
        // An addition for the input, two for the weight (halves are exact), two for the output.
        Tile::Two => Terms { forward: 4.0, weight: 6.0, transforms: 2 * (1 + 2 + 2) },
        // Three for the input (what two of them come to is larger than their sum), four for the weight, three for the output.
        Tile::Three => Terms { forward: 9.71, weight: 16.8, transforms: 2 * (3 + 4 + 3) },
        // Two for the input, four for the weight (with its factor, and that factor itself), three for the output.
        Tile::Four => Terms { forward: 13.25, weight: 28.4, transforms: 2 * (2 + 4 + 3) },
    }
}

/// Against the direct convolution in f64.
#[test]
fn winograd_is_bounded_against_f64() {
    for tile in [Tile::Two, Tile::Three, Tile::Four] {
        bounded_against_f64(tile);
    }
}

fn bounded_against_f64(tile: Tile) {
    let terms = terms(tile);
    for [height, width, rows, columns, in_channels, out_channels] in SHAPES {
        let (input, padding) = ([height, width], [rows, columns]);
        let output = [0, 1].map(|a| input[a] + 2 * padding[a] - 2);
        let window = WindowGeometry { input, output, kernel: [3, 3], stride: [1, 1], padding };
        let g = Conv2dGeometry { window, in_channels, out_channels };
        let x = uniform(1, 3 * g.input_len());
        let w = uniform(2, g.weight_len());
        let b = uniform(3, g.out_channels);
        let dy = uniform(4, 3 * g.output_len());
        let there = uniform(5, x.len());
        let of = |index: &dyn Fn(usize) -> usize, channels: usize| {
            let mut sizes = vec![0.0; channels];
            w.iter()
                .enumerate()
                .for_each(|(i, w)| sizes[index(i)] += terms.forward * terms.forward * f64::from(w.abs()));
            sizes
        };
        let (by_output, by_input) =
            (of(&|i| i / 9 / in_channels, out_channels), of(&|i| i / 9 % in_channels, in_channels));

        let mut y = vec![0.0f32; dy.len()];
        winograd::forward(&g, (tile, F32), &x, &w, Some(&b), &mut y);
        let [mut exact, mut same] = [vec![0.0f64; dy.len()], vec![0.0f64; dy.len()]];
        conv2d::forward(&g, F32, &wide(&x), &wide(&w), Some(&wide(&b)), &mut exact);
        let size = |i: usize| by_output[i % out_channels] + f64::from(b[i % out_channels].abs());
        let sizes: Vec<f64> = (0..y.len()).map(size).collect();
        bounded(
            &y,
            &exact,
            &sizes,
            in_channels + terms.transforms + 1,
            &format!("Winograd forward, {tile:?}"),
        );
        winograd::forward(&g, (tile, F32), &wide(&x), &wide(&w), Some(&wide(&b)), &mut same);
        assert!(same.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 1e-12), "Winograd forward in f64");

        let [mut dw, mut db] = [vec![0.0f32; w.len()], vec![0.0f32; b.len()]];
        winograd::weight_gradient(&g, (tile, F32), &x, &dy, &mut dw, Some(&mut db));
        let [mut exact, mut same] = [vec![0.0f64; w.len()], vec![0.0f64; w.len()]];
        conv2d::weight_gradient(&g, F32, &wide(&x), &wide(&dy), &mut exact, None);
        // x and dy are below 0.9.
        let tiles = 3 * output[0].div_ceil(tile.outputs()) * output[1].div_ceil(tile.outputs());
        let sizes = vec![terms.weight * terms.weight * 0.81 * tiles as f64; w.len()];
        bounded(
            &dw,
            &exact,
            &sizes,
            tiles + terms.transforms,
            &format!("Winograd weight gradient, {tile:?}"),
        );
        winograd::weight_gradient(&g, (tile, F32), &wide(&x), &wide(&dy), &mut same, None);
        assert!(same.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 1e-12), "Winograd dw in f64");

        let mut dx = there.clone();
        winograd::input_gradient(&g, (tile, F32), &dy, &w, true, &mut dx);
        let [mut exact, mut same] = [wide(&there), wide(&there)];
        conv2d::input_gradient(&g, F32, &wide(&dy), &wide(&w), true, &mut exact);
        let size = |i: usize| by_input[i % in_channels] + f64::from(there[i].abs());
        let sizes: Vec<f64> = (0..dx.len()).map(size).collect();
        bounded(
            &dx,
            &exact,
            &sizes,
            out_channels + terms.transforms + 1,
            &format!("Winograd input gradient, {tile:?}"),
        );
        winograd::input_gradient(&g, (tile, F32), &wide(&dy), &wide(&w), true, &mut same);
        assert!(same.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 1e-12), "Winograd dx in f64");
    }
}

/// Standard normal values, near enough: sums of four uniform ones.
fn normal(seed: u64, len: usize) -> Vec<f32> {
    let sums = support::uniform(seed, 4 * len);
    sums.chunks_exact(4).map(|four| four.iter().sum::<f32>() * 0.75f32.sqrt()).collect()
}

fn root_mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), v| (sum + v * v, count + 1.0));
    f64::sqrt(sum / count)
}

/// Relative errors of output, input gradient and weight gradient on data like that of a network: what ReLU leaves of normal
/// values, weights as Kaiming initialises them.
fn errors(channels: [usize; 2], tile: Option<Tile>, precision: Precision) -> [f64; 3] {
    let g = geometry(channels);
    let x: Vec<f32> = normal(1, g.input_len()).iter().map(|v| v.max(0.0)).collect();
    let scale = (2.0 / (9.0 * g.in_channels as f32)).sqrt();
    let w: Vec<f32> = normal(2, g.weight_len()).iter().map(|v| v * scale).collect();
    let dy = normal(3, g.output_len());

    let [mut y, mut dx, mut dw] = [dy.len(), x.len(), w.len()].map(|len| vec![0.0f64; len]);
    conv2d::forward(&g, F32, &wide(&x), &wide(&w), None, &mut y);
    conv2d::input_gradient(&g, F32, &wide(&dy), &wide(&w), false, &mut dx);
    conv2d::weight_gradient(&g, F32, &wide(&x), &wide(&dy), &mut dw, None);
    let exact = [y, dx, dw];
    let [mut y, mut dx, mut dw] = [dy.len(), x.len(), w.len()].map(|len| vec![0.0f32; len]);
    match tile {
        None => {
            conv2d::forward(&g, precision, &x, &w, None, &mut y);
            conv2d::input_gradient(&g, precision, &dy, &w, false, &mut dx);
            conv2d::weight_gradient(&g, precision, &x, &dy, &mut dw, None);
        }
        Some(tile) => {
            winograd::forward(&g, (tile, precision), &x, &w, None, &mut y);
            winograd::input_gradient(&g, (tile, precision), &dy, &w, false, &mut dx);
            winograd::weight_gradient(&g, (tile, precision), &x, &dy, &mut dw, None);
        }
    }
    let got = [y, dx, dw];
    [0, 1, 2].map(|i| {
        let error = got[i].iter().zip(&exact[i]).map(|(got, exact)| f64::from(*got) - exact);
        root_mean_square(error) / root_mean_square(exact[i].iter().copied())
    })
}

/// 3x3 windows on images of 12x12.
fn geometry(channels: [usize; 2]) -> Conv2dGeometry {
    on_images([12, 12], channels)
}

/// 3x3 windows on images of this size.
fn on_images(size: [usize; 2], [in_channels, out_channels]: [usize; 2]) -> Conv2dGeometry {
    let window =
        WindowGeometry { input: size, output: size, kernel: [3, 3], stride: [1, 1], padding: [1, 1] };
    Conv2dGeometry { window, in_channels, out_channels }
}

const ALGORITHMS: [Option<Tile>; 4] = [None, Some(Tile::Two), Some(Tile::Three), Some(Tile::Four)];

/// Results of tiles of 2x2 outputs err at most one and a half times as much as the direct ones, those of 4x4 four times, and
/// those of 3x3 little more than these, or less.
#[test]
fn errors_on_likely_data_are_a_small_multiple_of_direct_ones() {
    for channels in [[24, 16], [8, 16], [16, 8]] {
        let [direct, two, three, four] = ALGORITHMS.map(|tile| errors(channels, tile, F32));
        for (i, what) in ["output", "input gradient", "weight gradient"].into_iter().enumerate() {
            let (direct, two, three, four) = (direct[i], two[i], three[i], four[i]);
            let what = format!("{what} of {channels:?}");
            assert!(0.0 < two && two < 1.5 * direct, "{what}: {two:e} with tiles of two, direct {direct:e}");
            assert!(
                two < four && four < 4.0 * direct,
                "{what}: {four:e} with tiles of four, direct {direct:e}"
            );
            assert!(
                two < three && three < 1.25 * four,
                "{what}: {three:e} with tiles of three, of four {four:e}"
            );
            assert!(three.max(four) < 2e-6, "{what}: {three:e}, {four:e}");
        }
    }

    // Of bf16, whose roundings are 2^-9 of a factor at most, a direct result errs by about as much. Transformed factors are
    // larger than what becomes of them: about one and a half and four and a half times as much.
    let [direct, two, three, four] = ALGORITHMS.map(|tile| errors([24, 16], tile, Bf16));
    for (i, what) in ["output", "input gradient", "weight gradient"].into_iter().enumerate() {
        let (direct, two, three, four) = (direct[i], two[i], three[i], four[i]);
        assert!(direct < 0.003, "{what} of bf16: {direct:e}");
        assert!(direct < two && two < 2.0 * direct, "{what} of bf16: {two:e}, direct {direct:e}");
        assert!(
            two < three && three < four,
            "{what} of bf16: {three:e} with tiles of three, of four {four:e}"
        );
        assert!(two < four && four < 6.0 * direct, "{what} of bf16: {four:e}, direct {direct:e}");
    }
}

/// Whoever changes what runs where changes bits: of outputs, input gradients and weight gradients.
#[test]
fn what_runs_where_is_a_matter_of_channels_of_what_follows_and_of_the_precision() {
    let direct = Algorithm::Direct(F32);
    let [two, four] = [Tile::Two, Tile::Four].map(|tile| Algorithm::Winograd(tile, F32));
    let four_of_bf16 = Algorithm::Winograd(Tile::Four, Bf16);
    let two_of_bf16 = Algorithm::Winograd(Tile::Two, Bf16);
    for (channels, beside, precision, expected) in [
        ([16, 16], Beside::Nothing, F32, [four; 3]),
        ([16, 16], Beside::Nothing, Bf16, [four_of_bf16; 3]),
        // Both sides do together, and what is summed over.
        ([8, 16], Beside::Nothing, F32, [four; 3]),
        ([8, 16], Beside::Nothing, Bf16, [four; 3]),
        ([8, 15], Beside::Nothing, F32, [direct; 3]),
        ([7, 32], Beside::Nothing, F32, [direct, four, direct]),
        ([32, 7], Beside::Nothing, F32, [four, direct, four]),
        // Pooling leaves gradients to kernels that leave out zeros, unless all of them in bf16 cost less.
        ([16, 16], Beside::PoolingAndReLU, F32, [two, direct, direct]),
        ([16, 16], Beside::PoolingAndReLU, Bf16, [two_of_bf16, direct, direct]),
        ([16, 16], Beside::Pooling, F32, [four, direct, direct]),
        ([16, 16], Beside::Pooling, Bf16, [four_of_bf16; 3]),
        ([8, 16], Beside::Pooling, Bf16, [four, direct, direct]),
        ([16, 16], Beside::ActivationAndPooling, F32, [two, direct, direct]),
        ([16, 16], Beside::ActivationAndPooling, Bf16, [two_of_bf16; 3]),
    ] {
        let Algorithms { forward, input_gradient, weight_gradient } =
            geometry(channels).algorithms(beside, precision);
        let got = [forward, input_gradient, weight_gradient];
        assert_eq!(got, expected, "{channels:?} {beside:?} {precision:?}");
    }
}

/// The tile that takes the fewest products, the largest of those; none of three rows where windows of two are pooled,
/// unless four of them are the whole image.
#[test]
fn tiles_are_those_of_the_fewest_products() {
    for (size, beside, expected) in [
        ([2, 2], Beside::Nothing, Tile::Two),
        ([3, 3], Beside::Nothing, Tile::Three),
        ([6, 6], Beside::Nothing, Tile::Three),
        ([6, 5], Beside::Nothing, Tile::Three),
        ([5, 5], Beside::Nothing, Tile::Three),
        ([9, 9], Beside::Nothing, Tile::Three),
        ([6, 8], Beside::Nothing, Tile::Four),
        ([7, 7], Beside::Nothing, Tile::Four),
        ([13, 13], Beside::Nothing, Tile::Four),
        // As many products as tiles of three take.
        ([18, 18], Beside::Nothing, Tile::Four),
        ([6, 6], Beside::Pooling, Tile::Three),
        // What pooling leaves out is not computed.
        ([7, 6], Beside::Pooling, Tile::Three),
        ([3, 3], Beside::Pooling, Tile::Two),
        ([9, 9], Beside::Pooling, Tile::Four),
        ([18, 18], Beside::Pooling, Tile::Four),
        ([6, 12], Beside::Pooling, Tile::Four),
        ([6, 6], Beside::PoolingAndReLU, Tile::Two),
    ] {
        let of = on_images(size, [16, 16]).algorithms(beside, F32);
        assert_eq!(of.forward, Algorithm::Winograd(expected, F32), "{size:?} {beside:?}");
    }
    let pooled = on_images([6, 6], [16, 16]).algorithms(Beside::Pooling, Bf16);
    let gradients = [pooled.input_gradient, pooled.weight_gradient];
    assert_eq!(gradients, [Algorithm::Winograd(Tile::Three, Bf16); 2], "nothing pools on the way back");
}
