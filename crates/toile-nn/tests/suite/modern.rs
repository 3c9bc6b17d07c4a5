//! Groups, dilation, squeezing and stochastic depth: parameters, costs, mistakes.

use toile_nn::description::{
    AdaptiveMaxPool2d, Conv2d, Initial, Layer, Linear, Pair, Residual, SqueezeExcitation, resolve, summarize,
};

use crate::networks::{FLATTEN, LOG_SOFTMAX, RELU, linear};

/// PyTorch's layout and fan-in of a grouped convolution, torchvision's names, and what both cost.
#[test]
fn groups_and_squeezing_have_their_parameters_and_costs() {
    let layers = [
        Conv2d { groups: 2, padding: Pair::square(1), ..Conv2d::new(6, 3) }.into(),
        Conv2d { dilation: Pair::square(2), ..Conv2d::depthwise(6, 3) }.into(),
        SqueezeExcitation::new(3).into(),
        FLATTEN,
        linear(2),
        LOG_SOFTMAX,
    ];
    let network = resolve([4, 7, 8], &layers, 2).expect("a network");
    let uniform = |fan_in| Initial::Uniform { fan_in };
    let expected: [(&str, &[usize], Initial); 10] = [
        ("conv1.weight", &[6, 2, 3, 3], uniform(18)),
        ("conv1.bias", &[6], uniform(18)),
        ("conv2.weight", &[6, 1, 3, 3], uniform(9)),
        ("conv2.bias", &[6], uniform(9)),
        ("se1.fc1.weight", &[3, 6, 1, 1], uniform(6)),
        ("se1.fc1.bias", &[3], uniform(6)),
        ("se1.fc2.weight", &[6, 3, 1, 1], uniform(3)),
        ("se1.fc2.bias", &[6], uniform(3)),
        ("fc1.weight", &[2, 72], uniform(72)),
        ("fc1.bias", &[2], uniform(72)),
    ];
    let parameters: Vec<_> =
        network.parameters.iter().map(|p| (&p.name[..], &p.shape[..], p.initial)).collect();
    assert_eq!(parameters, expected);
    let table = summarize(&network);
    let rows: Vec<_> =
        table[..3].iter().map(|row| (&row.name[..], &row.description[..], row.multiply_adds)).collect();
    let expected = [
        ("conv1", "Conv2d(4, 6, kernel_size=3, padding=1, groups=2)", 6 * 2 * 9 * 7 * 8),
        ("conv2", "Conv2d(6, 6, kernel_size=3, dilation=2, groups=6)", 6 * 9 * 3 * 4),
        ("se1", "SqueezeExcitation(6, 3)", 2 * 6 * 3),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn mistakes_are_told_with_help() {
    let convolution = |out_channels, groups, dilation| {
        let dilation = Pair::square(dilation);
        Layer::from(Conv2d { groups, dilation, ..Conv2d::new(out_channels, 3) })
    };
    let divisor = "choose a divisor of both; for a depthwise convolution, the number of channels";
    let block = Residual { stochastic_depth: 1.0, ..Residual::new(vec![RELU]) };
    let cases: [(Layer, &str, &str); 7] = [
        (
            convolution(4, 4, 1),
            "groups = 4 does not divide the 2 channels of the input and the 4 of the output",
            divisor,
        ),
        (
            convolution(4, 0, 1),
            "groups = 0 does not divide the 2 channels of the input and the 4 of the output",
            divisor,
        ),
        (convolution(4, 1, 0), "a dilation of 0", "choose 1 or more"),
        (
            convolution(4, 1, 5),
            "the 11x11 window of Conv2d is larger than its input of 9x9 pixels",
            "use a smaller kernel, add padding, or pool less before it",
        ),
        (
            SqueezeExcitation::new(0).into(),
            "squeeze_channels = 0",
            "choose 1 or more, as a quarter of the channels",
        ),
        (AdaptiveMaxPool2d::new(0).into(), "output_size = 0", "choose 1 or more"),
        (block.into(), "stochastic_depth = 1", "choose it from 0 (inclusive) to 1 (exclusive)"),
    ];
    for (layer, message, help) in cases {
        let layers = [layer.clone(), FLATTEN, Linear::new(5).into(), LOG_SOFTMAX];
        let error = resolve([2, 9, 9], &layers, 5).expect_err(message);
        assert_eq!(
            (&error.path[..], &error.message[..], &error.help[..]),
            (&[0][..], message, help),
            "{layer:?}"
        );
    }
}
