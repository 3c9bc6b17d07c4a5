//! What weights start as.

use toile_nn::description::{
    Conv2d, Flatten, Init, Layer, Linear, LogSoftmax, Network, Pair, ReLU, Scale, resolve,
};
use toile_nn::executor::{ImageRows, RowIndex};
use toile_nn::initialisation::{initial_state, state_of_images};
use toile_nn::layers;

fn network(first: Conv2d, second: Linear) -> Network {
    let layers: Vec<Layer> = layers![first, ReLU, Flatten, second, Linear::new(3), LogSoftmax];
    resolve([3, 6, 5], &layers, 3).expect("a network")
}

fn weight(network: &Network, name: &str) -> Vec<f64> {
    let state = initial_state(network, 11);
    state.get(name).expect("a tensor").data.iter().map(|&value| f64::from(value)).collect()
}

/// The products of all rows with each other, or of all columns.
fn products(values: &[f64], len: usize, of_columns: bool) -> Vec<Vec<f64>> {
    let rows: Vec<Vec<f64>> = match of_columns {
        false => values.chunks(len).map(<[f64]>::to_vec).collect(),
        true => (0..len).map(|c| values.iter().skip(c).step_by(len).copied().collect()).collect(),
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum();
    rows.iter().map(|a| rows.iter().map(|b| dot(a, b)).collect()).collect()
}

#[test]
fn orthogonal_rows_or_columns_are_orthonormal() {
    let orthogonal = |channels, features| {
        let conv = Conv2d { init: Init::Orthogonal, ..Conv2d::new(channels, 2) };
        network(conv, Linear { init: Init::Orthogonal, ..Linear::new(features) })
    };
    // Fewer filters than values of a patch, and more; fewer features than inputs, and more.
    for (channels, features) in [(5, 30), (20, 500)] {
        let network = orthogonal(channels, features);
        for (name, rows) in [("conv1.weight", channels), ("fc1.weight", features)] {
            let values = weight(&network, name);
            let columns = values.len() / rows;
            for (i, row) in products(&values, columns, rows > columns).iter().enumerate() {
                for (j, product) in row.iter().enumerate() {
                    let expected = f64::from(u8::from(i == j));
                    assert!((product - expected).abs() < 1e-6, "{name} {rows} {i} {j}: {product}");
                }
            }
        }
        // Without a sign that is always the same.
        assert!(weight(&network, "fc1.weight").iter().filter(|value| **value > 0.0).count() > features);
    }
}

#[test]
fn dirac_filters_pass_channels_on() {
    let start = |init, out_channels| {
        let kernel_size = Pair { height: 2, width: 3 };
        network(Conv2d { init, kernel_size, ..Conv2d::new(out_channels, 1) }, Linear::new(4))
    };
    for out_channels in [2, 3, 5] {
        let values = weight(&start(Init::Dirac, out_channels), "conv1.weight");
        let usual = weight(&start(Init::Default, out_channels), "conv1.weight");
        for (filter, values) in values.chunks(18).enumerate() {
            // [channel][row][column] with the middle at row 1, column 1, as `torch.nn.init.dirac_` has it.
            let passes = |index: usize| f64::from(u8::from(index == filter * 6 + 4));
            let expected: Vec<f64> = match filter < 3 {
                true => (0..18).map(passes).collect(),
                false => usual[filter * 18..][..18].to_vec(),
            };
            assert_eq!(values, expected, "filter {filter} of {out_channels}");
        }
    }
}

#[test]
fn kaimings_have_their_moments() {
    let of = |init| {
        let network = network(Conv2d::new(8, 1), Linear { init, ..Linear::new(400) });
        weight(&network, "fc1.weight")
    };
    let (fan_in, zeros) = (8.0 * 30.0, of(Init::Zeros));
    assert!(zeros.len() == 96_000 && zeros.iter().all(|&value| value == 0.0));
    let deviation = (2.0f64 / fan_in).sqrt();
    // The fourth moment in units of the deviation tells normal numbers (3) from uniform ones (9 / 5).
    for (init, fourth) in [(Init::KaimingNormal, 3.0), (Init::KaimingUniform, 1.8)] {
        let values = of(init);
        let moment = |power: i32| {
            let sum: f64 = values.iter().map(|value| (value / deviation).powi(power)).sum();
            sum / values.len() as f64
        };
        // Six standard errors of each, which are at most sqrt(1, 2, 15 and 96 / 96,000).
        for (power, expected, error) in [(1, 0.0, 0.02), (2, 1.0, 0.03), (3, 0.0, 0.08), (4, fourth, 0.19)] {
            let found = moment(power);
            assert!((found - expected).abs() < error, "{init:?}: moment {power} is {found}");
        }
        let largest = values.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
        assert_eq!(largest < deviation * 3.0f64.sqrt() * 1.000_001, init == Init::KaimingUniform);
    }
}

/// Images of 6 x 5 pixels with three channels, neighbours alike.
struct Images;

impl ImageRows for Images {
    fn write(&self, RowIndex { image, row }: RowIndex, to: &mut [f32]) {
        for (index, to) in to.iter_mut().enumerate() {
            let (column, channel) = (index / 3, index % 3);
            let slow = ((image * 7 + row + column) as f32 * 0.7).sin();
            let fast = ((image * 31 + row * 17 + column * 5 + channel * 3) as f32 * 1.3).cos();
            *to = slow + 0.25 * (channel as f32 + 1.0) * fast + 0.5;
        }
    }
}

const IMAGES: usize = 40;

/// The covariance of all patches of 2 x 2 pixels, [channel][row][column], from its definition.
fn covariance() -> Vec<Vec<f64>> {
    let mut patches: Vec<Vec<f64>> = vec![];
    for image in 0..IMAGES {
        let mut pixels = vec![[0.0f32; 15]; 6];
        for (row, to) in pixels.iter_mut().enumerate() {
            Images.write(RowIndex { image, row }, to);
        }
        for (top, left) in (0..5).flat_map(|top| (0..4).map(move |left| (top, left))) {
            let value = |i: usize| f64::from(pixels[top + i / 2 % 2][(left + i % 2) * 3 + i / 4]);
            patches.push((0..12).map(value).collect());
        }
    }
    let mean = |f: &dyn Fn(&[f64]) -> f64, less: f64| {
        patches.iter().map(|patch| f(patch)).sum::<f64>() / (patches.len() as f64 - less)
    };
    let means: Vec<f64> = (0..12).map(|i| mean(&|patch| patch[i], 0.0)).collect();
    let entry = |i: usize, j: usize| mean(&|patch| (patch[i] - means[i]) * (patch[j] - means[j]), 1.0);
    (0..12).map(|i| (0..12).map(|j| entry(i, j)).collect()).collect()
}

#[test]
fn whitening_filters_make_patches_uncorrelated() {
    const EPS: f64 = 0.01;
    let covariance = covariance();
    let of = |out_channels, eps| {
        let conv = Conv2d { init: Init::Whitening { eps }, frozen: true, ..Conv2d::new(out_channels, 2) };
        let network = network(conv, Linear::new(4));
        let state = state_of_images(&network, 11, &Images, IMAGES).expect("filters");
        let usual = initial_state(&network, 11);
        assert!(state.entries[1..] == usual.entries[1..] && state.entries[0] != usual.entries[0]);
        let filters = state.get("conv1.weight").expect("a tensor").data.clone();
        filters.chunks(12).map(<[f32]>::to_vec).collect::<Vec<_>>()
    };
    let filters = of(24, EPS);
    let along = |a: &[f32], b: &[f32], through: &dyn Fn(usize, usize) -> f64| -> f64 {
        let pairs = (0..12).flat_map(|i| (0..12).map(move |j| (i, j)));
        pairs.map(|(i, j)| f64::from(a[i]) * through(i, j) * f64::from(b[j])).sum()
    };
    let mut variances = vec![];
    for (i, a) in filters[..12].iter().enumerate() {
        assert!(filters[12 + i].iter().zip(a).all(|(negated, value)| *negated == -value), "filter {i}");
        let largest = a.iter().fold(0.0f32, |l, v| if v.abs() > l.abs() { *v } else { l });
        assert!(largest > 0.0, "the sign of filter {i}");
        for (j, b) in filters[..12].iter().enumerate() {
            let length = along(a, b, &|i, j| f64::from(u8::from(i == j)));
            let variance = along(a, b, &|i, j| covariance[i][j]);
            if i == j {
                // A filter is an eigenvector over sqrt(variance + eps).
                assert!((variance - (1.0 - EPS * length)).abs() < 1e-5, "filter {i}: {variance} {length}");
                variances.push(1.0 / length);
            } else {
                assert!(
                    length.abs() < 1e-4 && variance.abs() < 1e-5,
                    "filters {i} and {j}: {length} {variance}"
                );
            }
        }
    }
    assert!(variances.is_sorted_by(|a, b| *a >= b * 0.999_99), "{variances:?}");
    // Fewer of them are the first ones, and the negated of these.
    let few = of(5, EPS);
    assert_eq!(few, [0, 1, 2, 12, 13].map(|index| filters[index].clone()));
    assert_ne!(of(24, 0.1), filters);
}

#[test]
fn only_filters_of_images_need_images() {
    let network = network(Conv2d { init: Init::Dirac, ..Conv2d::new(4, 2) }, Linear::new(4));
    assert!(state_of_images(&network, 11, &Images, IMAGES).is_none());
}

#[test]
fn what_has_no_such_start_is_refused() {
    let whitening = |out_channels, kernel| Conv2d {
        init: Init::Whitening { eps: 1e-3 },
        ..Conv2d::new(out_channels, kernel)
    };
    let padded = Conv2d { padding: Pair::square(8), ..whitening(4, 12) };
    let dirac = Linear { init: Init::Dirac, ..Linear::new(5) };
    let nothing = Scale { value: f64::NAN };
    let end = |layer: Layer| layers![layer, Flatten, Linear::new(5), LogSoftmax];
    let cases: [(Vec<Layer>, &[usize], &str); 5] = [
        (
            layers![ReLU, whitening(4, 2), Flatten, Linear::new(5), LogSoftmax],
            &[1],
            "init = \"whitening\" behind another layer: its filters are made from the images themselves",
        ),
        (
            end(whitening(17, 2).into()),
            &[0],
            "init = \"whitening\" gives 16 filters to patches of 8 values, out_channels is 17",
        ),
        (end(padded.into()), &[0], "init = \"whitening\" of patches of 288 values"),
        (layers![Flatten, dirac, LogSoftmax], &[1], "init = \"dirac\" of a Linear"),
        (end(nothing.into()), &[0], "value = NaN"),
    ];
    for (layers, path, message) in cases {
        let error = resolve([2, 9, 9], &layers, 5).expect_err("no network");
        assert_eq!((&error.path[..], &error.message[..]), (path, message));
        assert!(error.help.starts_with("choose ") || error.help.starts_with("make "), "{}", error.help);
    }
}
