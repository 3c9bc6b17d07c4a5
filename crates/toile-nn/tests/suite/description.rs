//! From a list of layers to a checked network and its table.

use toile_nn::description::{
    AdaptiveAvgPool2d, AvgPool2d, BatchNorm2d, Conv2d, DescriptionError, Dropout, Dropout2d, Initial, Layer,
    MaxPool2d, Network, Pair, Part, Residual, Setting, Shape, resolve, summarize,
};

use crate::networks::{FLATTEN, LOG_SOFTMAX, RELU, conv, linear, networks, pool};

fn max_pool(kernel: usize, stride: usize, padding: usize, ceil_mode: bool) -> Layer {
    let [kernel_size, stride, padding] = [kernel, stride, padding].map(Pair::square);
    Layer::MaxPool2d(MaxPool2d { kernel_size, stride, padding, ceil_mode })
}

fn avg_pool(kernel: usize, stride: usize, padding: usize, ceil_mode: bool) -> Layer {
    let [kernel_size, stride, padding] = [kernel, stride, padding].map(Pair::square);
    Layer::AvgPool2d(AvgPool2d { kernel_size, stride, padding, ceil_mode, count_include_pad: true })
}

fn batch_norm(eps: f64, momentum: f64) -> Layer {
    Layer::BatchNorm2d(BatchNorm2d { eps, momentum: Some(momentum), ..BatchNorm2d::default() })
}

fn adaptive(height: usize, width: usize) -> Layer {
    Layer::AdaptiveAvgPool2d(AdaptiveAvgPool2d { output_size: Pair { height, width } })
}

fn dropout(p: f64) -> Layer {
    Layer::Dropout(Dropout { p })
}

fn dropout2d(p: f64) -> Layer {
    Layer::Dropout2d(Dropout2d { p })
}

fn block(projection: bool, layers: &[Layer]) -> Layer {
    Layer::Residual(Residual { projection, ..Residual::new(layers.to_vec()) })
}

/// The network of the classroom study.
fn study() -> Network {
    let mut layers = vec![conv(32, 3, 1, 1), RELU, pool(2), conv(64, 3, 1, 0), RELU, pool(2), FLATTEN];
    layers.extend([
        linear(256),
        RELU,
        dropout(0.5),
        linear(128),
        RELU,
        dropout(0.5),
        linear(10),
        LOG_SOFTMAX,
    ]);
    resolve([1, 28, 28], &layers, 10).expect("the study's network")
}

#[test]
fn windows_round_as_pytorch_rounds() {
    // Layer, rows of its input, rows of its output.
    let cases = [
        (conv(1, 3, 1, 1), 28, 28),
        (conv(1, 3, 1, 0), 14, 12),
        (conv(1, 3, 2, 0), 10, 4),
        (conv(1, 3, 2, 1), 11, 6),
        (conv(1, 1, 3, 0), 7, 3),
        (max_pool(2, 2, 0, false), 7, 3),
        (max_pool(2, 2, 0, true), 7, 4),
        (max_pool(3, 2, 1, true), 5, 3),
        (max_pool(2, 5, 0, true), 6, 2),
        // The last window would start behind the image: in the padding, or where there is nothing.
        (max_pool(2, 2, 1, true), 1, 1),
        (max_pool(2, 2, 1, true), 3, 2),
        (max_pool(2, 5, 0, true), 5, 1),
        (avg_pool(2, 2, 0, false), 5, 2),
        (avg_pool(2, 2, 0, true), 5, 3),
        (avg_pool(2, 2, 1, true), 3, 2),
        (adaptive(4, 4), 7, 4),
        (adaptive(4, 4), 2, 4),
    ];
    for (layer, size, expected) in cases {
        let layers = [layer.clone(), FLATTEN, linear(2), LOG_SOFTMAX];
        let network = resolve([1, size, size], &layers, 2).expect("a network of the tests");
        let [_, height, width] = network.nodes[0].place.output_shape.dims();
        assert_eq!([height, width], [expected, expected], "{layer:?} on {size} rows");
    }
}

#[test]
fn rows_and_columns_have_their_own_windows() {
    let layer = Layer::Conv2d(Conv2d {
        out_channels: 4,
        kernel_size: Pair { height: 3, width: 2 },
        stride: Pair { height: 2, width: 1 },
        padding: Pair { height: 0, width: 1 },
        bias: false,
        ..Conv2d::new(1, 1)
    });
    let network = resolve([3, 11, 9], &[layer, FLATTEN, linear(2), LOG_SOFTMAX], 2).expect("a network");
    let image = Shape::Image { channels: 4, height: 5, width: 10 };
    assert_eq!(network.nodes[0].place.output_shape, image);
    let flat = Shape::Features { len: 200, flattened: Some([4, 5, 10]) };
    assert_eq!(network.nodes[1].place.output_shape, flat);
    assert_eq!(network.nodes[2].place.output_shape, Shape::Features { len: 2, flattened: None });
    let parameters: Vec<_> =
        network.parameters.iter().map(|p| (&p.name[..], &p.shape[..], p.initial)).collect();
    let uniform = |fan_in| Initial::Uniform { fan_in };
    let expected: [(&str, &[usize], Initial); 3] = [
        ("conv1.weight", &[4, 3, 3, 2], uniform(18)),
        ("fc1.weight", &[2, 200], uniform(200)),
        ("fc1.bias", &[2], uniform(200)),
    ];
    assert_eq!(parameters, expected);
}

#[test]
fn names_count_through_residual_blocks() {
    let networks = networks();
    let (_, network) = networks.iter().find(|(name, _)| *name == "residual").expect("a residual network");
    let mut names: Vec<&str> = vec![];
    for parameter in &network.parameters {
        let layer = parameter.module();
        if names.last() != Some(&layer) {
            names.push(layer);
        }
    }
    let expected = [
        "conv1",
        "bn1",
        "conv2",
        "bn2",
        "conv3",
        "bn3",
        "conv4",
        "bn4",
        "conv5",
        "bn5",
        "projection1",
        "fc1",
    ];
    assert_eq!(names, expected);
    let projection =
        network.parameters.iter().find(|p| p.name == "projection1.weight").expect("a projection");
    let initial = Initial::Uniform { fan_in: 4 };
    assert_eq!((&projection.shape[..], projection.initial), (&[17, 4, 1, 1][..], initial));
    let norm: Vec<_> = network.parameters.iter().filter(|p| p.name.starts_with("bn1.")).collect();
    let kinds: Vec<_> = norm.iter().map(|p| (&p.name[4..], p.trained())).collect();
    let expected = [("weight", true), ("bias", true), ("running_mean", false), ("running_var", false)];
    assert_eq!(kinds, expected);
}

#[test]
fn blocks_inside_blocks_add_what_went_in() {
    let inner = block(false, &[conv(3, 3, 1, 1)]);
    let outer = block(true, &[inner, RELU, conv(5, 3, 2, 1)]);
    let layers = [conv(3, 1, 1, 0), outer, FLATTEN, linear(2), LOG_SOFTMAX];
    let network = resolve([1, 7, 7], &layers, 2).expect("a network");
    let ops: Vec<_> = network
        .nodes
        .iter()
        .map(|node| {
            let skip = node.place.inputs.get(1).copied();
            (node.place.input(), skip, node.place.path.clone())
        })
        .collect();
    let expected = [
        (0, None, vec![0]),
        (1, None, vec![1, 0, 0]),
        // The inner sum: of its convolution and what went into it.
        (2, Some(1), vec![1, 0]),
        (3, None, vec![1, 1]),
        (4, None, vec![1, 2]),
        // The projection reads what went into the outer block; the sum reads both.
        (1, None, vec![1]),
        (5, Some(6), vec![1]),
        (7, None, vec![2]),
        (8, None, vec![3]),
        (9, None, vec![4]),
    ];
    assert_eq!(ops, expected);
    assert_eq!(network.nodes[5].place.output_shape, Shape::Image { channels: 5, height: 4, width: 4 });
}

/// Behind an image of one pixel features are in PyTorch's order, so a block may add to them.
#[test]
fn one_pixel_flattens_to_ordinary_features() {
    let layers = [adaptive(1, 1), FLATTEN, block(false, &[linear(3)]), LOG_SOFTMAX];
    assert!(resolve([3, 4, 4], &layers, 3).is_ok());
    let layers = [conv(3, 4, 1, 0), FLATTEN, LOG_SOFTMAX];
    assert!(resolve([1, 4, 4], &layers, 3).is_ok());
}

#[test]
fn every_mistake_is_told_with_place_and_help() {
    // The layers with the mistake, and what would make them a network without it.
    let end = |layers: &[Layer]| [layers, &[FLATTEN, linear(5), LOG_SOFTMAX]].concat();
    let nan = f64::NAN;
    let cases: [(Vec<Layer>, &[usize], &str, &str); 42] = [
        (vec![], &[], "the network has no layers", "list at least Flatten, Linear and LogSoftmax"),
        (
            vec![FLATTEN, LOG_SOFTMAX, linear(5)],
            &[1],
            "LogSoftmax before the end of the network",
            "keep one LogSoftmax, as the last layer of the network",
        ),
        (
            end(&[block(false, &[FLATTEN, LOG_SOFTMAX])]),
            &[0, 1],
            "LogSoftmax before the end of the network",
            "keep one LogSoftmax, as the last layer of the network",
        ),
        (
            vec![FLATTEN, linear(5)],
            &[1],
            "the network does not end in LogSoftmax",
            "end the list with \"LogSoftmax\": the loss (negative log likelihood) needs log-probabilities",
        ),
        (
            vec![FLATTEN, linear(4), LOG_SOFTMAX],
            &[2],
            "the network has 4 outputs, the data set 5 classes",
            "give the last Linear layer out_features = 5",
        ),
        (
            end(&[block(true, &[])]),
            &[0],
            "a Residual block without layers",
            "list the block's layers, or remove it",
        ),
        (
            end(&[conv(2, 1, 1, 0), block(false, &[RELU, conv(3, 1, 1, 0)])]),
            &[1],
            "a Residual block turns 2x9x9 into 3x9x9: they cannot be added",
            "set projection = true, or make the block keep the shape",
        ),
        (
            end(&[block(true, &[conv(3, 3, 1, 0)])]),
            &[0],
            "no strided 1x1 projection turns 2x9x9 into 3x7x7",
            "make the block divide height and width evenly",
        ),
        (
            end(&[block(true, &[FLATTEN])]),
            &[0],
            "a projection needs images on both sides",
            "set projection = false",
        ),
        (
            vec![FLATTEN, block(false, &[linear(2 * 9 * 9)]), linear(5), LOG_SOFTMAX],
            &[1],
            "a Residual block cannot add 162 features to 162 features of a flattened image: they lie in another order",
            "put a Linear layer in front of the block",
        ),
        (
            end(&[FLATTEN, conv(3, 1, 1, 0)]),
            &[1],
            "Conv2d needs an image, but gets 162 features",
            "move it in front of Flatten",
        ),
        (
            end(&[FLATTEN, batch_norm(1e-5, 0.1)]),
            &[1],
            "BatchNorm2d needs an image, but gets 162 features",
            "move it in front of Flatten",
        ),
        (
            end(&[FLATTEN, pool(2)]),
            &[1],
            "MaxPool2d needs an image, but gets 162 features",
            "move it in front of Flatten",
        ),
        (
            end(&[FLATTEN, avg_pool(2, 2, 0, false)]),
            &[1],
            "AvgPool2d needs an image, but gets 162 features",
            "move it in front of Flatten",
        ),
        (
            end(&[FLATTEN, adaptive(1, 1)]),
            &[1],
            "AdaptiveAvgPool2d needs an image, but gets 162 features",
            "move it in front of Flatten",
        ),
        (
            end(&[FLATTEN, dropout2d(0.5)]),
            &[1],
            "Dropout2d needs an image, but gets 162 features",
            "move it in front of Flatten",
        ),
        (end(&[FLATTEN]), &[1], "Flatten needs an image, but gets 162 features", "remove it"),
        (
            end(&[conv(1_000_000, 1, 1, 0)]),
            &[0],
            "an image would become 81000000 values here, more than 67108864",
            "choose fewer channels or features, or pool before this layer",
        ),
        (
            vec![FLATTEN, linear(60_000), linear(60_000), linear(5), LOG_SOFTMAX],
            &[2],
            "the network has 3609840000 parameters here, more than 2147483648",
            "choose fewer channels or features, or pool before this layer",
        ),
        (
            end(&[dropout(1.0)]),
            &[0],
            "dropout probability p = 1",
            "choose p from 0 (inclusive) to 1 (exclusive)",
        ),
        (
            end(&[dropout2d(-0.25)]),
            &[0],
            "dropout probability p = -0.25",
            "choose p from 0 (inclusive) to 1 (exclusive)",
        ),
        (
            end(&[dropout(nan)]),
            &[0],
            "dropout probability p = NaN",
            "choose p from 0 (inclusive) to 1 (exclusive)",
        ),
        (
            end(&[block(false, &[RELU, dropout(2.0)])]),
            &[0, 1],
            "dropout probability p = 2",
            "choose p from 0 (inclusive) to 1 (exclusive)",
        ),
        (end(&[conv(0, 3, 1, 0)]), &[0], "out_channels = 0", "choose 1 or more"),
        (end(&[adaptive(1, 0)]), &[0], "output_size = 0", "choose 1 or more"),
        (vec![FLATTEN, linear(0), LOG_SOFTMAX], &[1], "out_features = 0", "choose 1 or more"),
        (end(&[batch_norm(0.0, 0.1)]), &[0], "eps = 0", "choose a small positive number, as 1e-5"),
        (
            end(&[batch_norm(f64::INFINITY, 0.1)]),
            &[0],
            "eps = inf",
            "choose a small positive number, as 1e-5",
        ),
        (end(&[batch_norm(nan, 0.1)]), &[0], "eps = NaN", "choose a small positive number, as 1e-5"),
        (end(&[batch_norm(1e-5, 1.5)]), &[0], "momentum = 1.5", "choose it from 0 to 1, as 0.1"),
        (end(&[batch_norm(1e-5, nan)]), &[0], "momentum = NaN", "choose it from 0 to 1, as 0.1"),
        (
            end(&[max_pool(3, 1, 2, false)]),
            &[0],
            "padding 2x2 is more than half the kernel 3x3",
            "pooling pads by at most half its kernel",
        ),
        (
            end(&[avg_pool(2, 2, 2, false)]),
            &[0],
            "padding 2x2 is more than half the kernel 2x2",
            "pooling pads by at most half its kernel",
        ),
        (end(&[conv(1, 0, 1, 0)]), &[0], "a kernel_size or stride of 0", "choose 1 or more"),
        (end(&[max_pool(2, 0, 0, false)]), &[0], "a kernel_size or stride of 0", "choose 1 or more"),
        (
            end(&[conv(1, 10, 1, 0)]),
            &[0],
            "the 10x10 window of Conv2d is larger than its input of 9x9 pixels",
            "use a smaller kernel, add padding, or pool less before it",
        ),
        (
            end(&[max_pool(12, 1, 1, true)]),
            &[0],
            "the 12x12 window of MaxPool2d is larger than its input of 9x9 pixels",
            "use a smaller kernel, add padding, or pool less before it",
        ),
        (
            end(&[pool(2), pool(2), avg_pool(3, 3, 0, false)]),
            &[2],
            "the 3x3 window of AvgPool2d is larger than its input of 2x2 pixels",
            "use a smaller kernel, add padding, or pool less before it",
        ),
        (
            vec![linear(5), LOG_SOFTMAX],
            &[0],
            "Linear needs features, but gets 2x9x9",
            "put \"Flatten\" in front of it",
        ),
        (
            vec![conv(5, 9, 1, 0), LOG_SOFTMAX],
            &[1],
            "LogSoftmax needs features, but gets 5x1x1",
            "put \"Flatten\" in front of it",
        ),
        (
            vec![adaptive(2, 1), FLATTEN, LOG_SOFTMAX],
            &[2],
            "LogSoftmax over 4 features of a flattened image of 2x1 pixels: which value is which class would depend on their order in memory",
            "put a Linear layer in front of it",
        ),
        (
            vec![adaptive(1, 1), FLATTEN, LOG_SOFTMAX],
            &[],
            "the network has nothing to learn",
            "add a Linear layer",
        ),
    ];
    for (layers, path, message, help) in cases {
        let error = resolve([2, 9, 9], &layers, 5).expect_err(message);
        assert_eq!(
            (&error.path[..], &error.message[..], &error.help[..]),
            (path, message, help),
            "{layers:?}"
        );
    }
    let error = DescriptionError { path: vec![0, 2], message: "nothing fits".into(), help: "cut".into() };
    assert_eq!(error.to_string(), "layer 1.3: nothing fits (cut)");
}

#[test]
fn the_table_of_the_studys_network_has_its_numbers() {
    let network = study();
    assert_eq!(network.parameter_count(), 643_082);
    let table = summarize(&network);
    let rows: Vec<_> = table
        .iter()
        .map(|row| {
            (&row.name[..], &row.description[..], row.output.dims(), row.parameters, row.multiply_adds)
        })
        .collect();
    let expected = [
        ("conv1", "Conv2d(1, 32, kernel_size=3, padding=1)", [32, 28, 28], 320, 225_792),
        ("", "ReLU()", [32, 28, 28], 0, 0),
        ("", "MaxPool2d(kernel_size=2)", [32, 14, 14], 0, 0),
        ("conv2", "Conv2d(32, 64, kernel_size=3)", [64, 12, 12], 18_496, 2_654_208),
        ("", "ReLU()", [64, 12, 12], 0, 0),
        ("", "MaxPool2d(kernel_size=2)", [64, 6, 6], 0, 0),
        ("", "Flatten()", [2304, 1, 1], 0, 0),
        ("fc1", "Linear(2304, 256)", [256, 1, 1], 590_080, 589_824),
        ("", "ReLU()", [256, 1, 1], 0, 0),
        ("", "Dropout(p=0.5)", [256, 1, 1], 0, 0),
        ("fc2", "Linear(256, 128)", [128, 1, 1], 32_896, 32_768),
        ("", "ReLU()", [128, 1, 1], 0, 0),
        ("", "Dropout(p=0.5)", [128, 1, 1], 0, 0),
        ("fc3", "Linear(128, 10)", [10, 1, 1], 1_290, 1_280),
        ("", "LogSoftmax(dim=1)", [10, 1, 1], 0, 0),
    ];
    assert_eq!(rows, expected);
    assert_eq!(table.iter().map(|row| row.parameters).sum::<usize>(), 643_082);
    assert!(table.iter().all(|row| row.depth == 0 && row.description.starts_with(&row.kind)));
}

#[test]
fn the_table_shows_what_stands_in_blocks() {
    let inner = block(false, &[conv(3, 3, 1, 1), batch_norm(1e-5, 0.1)]);
    let layers = [block(true, &[inner, conv(5, 3, 2, 1)]), FLATTEN, linear(2), LOG_SOFTMAX];
    let network = resolve([3, 7, 7], &layers, 2).expect("a network");
    let rows: Vec<_> = summarize(&network)
        .into_iter()
        .map(|row| (row.name, row.kind, row.depth, row.parameters, row.multiply_adds))
        .collect();
    let expected = [
        ("conv1", "Conv2d", 2, 84, 81 * 49),
        ("bn1", "BatchNorm2d", 2, 6, 0),
        ("", "Add", 2, 0, 0),
        ("conv2", "Conv2d", 1, 140, 135 * 16),
        ("projection1", "Conv2d", 0, 15, 15 * 16),
        ("", "Add", 1, 0, 0),
        ("", "Flatten", 0, 0, 0),
        ("fc1", "Linear", 0, 162, 160),
        ("", "LogSoftmax", 0, 0, 0),
    ];
    let expected =
        expected.map(|(name, kind, depth, p, m)| (name.to_string(), kind.to_string(), depth, p, m));
    assert_eq!(rows, expected);
}

#[test]
fn the_table_holds_settings_and_blocks_as_data() {
    let inner = block(false, &[conv(3, 3, 1, 1), Layer::Dropout(Dropout { p: 0.25 })]);
    let layers = [RELU, block(true, &[inner, conv(5, 3, 2, 1)]), FLATTEN, linear(2), LOG_SOFTMAX];
    let rows = summarize(&resolve([3, 7, 7], &layers, 2).expect("a network"));
    let parts: Vec<_> = rows.iter().map(|row| row.part).collect();
    let expected = [
        Part::Layer,
        Part::Layer,
        Part::Layer,
        Part::Sum { start: 1, projection: None },
        Part::Layer,
        Part::Projection,
        Part::Sum { start: 1, projection: Some(5) },
        Part::Layer,
        Part::Layer,
        Part::Layer,
    ];
    assert_eq!(parts, expected);
    let convolution = |out_channels: usize, kernel: usize, stride: usize, padding: usize, bias: bool| {
        vec![
            Setting::new("out_channels", out_channels),
            Setting::new("kernel_size", Pair::square(kernel)),
            Setting::new("stride", Pair::square(stride)),
            Setting::new("padding", Pair::square(padding)),
            Setting::new("bias", bias),
        ]
    };
    assert_eq!(rows[1].settings, convolution(3, 3, 1, 1, true));
    assert_eq!(rows[2].settings, [Setting::new("p", 0.25)]);
    assert_eq!(rows[3].settings, []);
    assert_eq!(rows[5].settings, convolution(5, 1, 2, 0, false));
}
