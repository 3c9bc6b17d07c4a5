//! Each operation of a network as nodes of ONNX, on tensors [batch, channels, height, width] and [batch, features].

use toile_nn::description::{
    Affine, Conv2d, GELU, GroupNorm, Network, Node, Op, Pair, ScaleActivation, SqueezeExcitation,
};
use toile_nn::state::StateDict;

use super::build::{Builder, integers};
use super::model::Attribute;
use super::pools;

/// The network with its weights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighted<'a> {
    pub(super) network: &'a Network,
    pub(super) weights: &'a StateDict<f32>,
}

/// Appends a network that reads `input`; its last node writes `output`.
pub(super) fn append<'a>(build: &mut Builder<'a>, of: Weighted<'a>, input: &str, output: &str) {
    // The names of the tensors that the network numbers.
    let mut names = vec![input.to_owned()];
    for node in &of.network.nodes {
        let inputs: Vec<&str> = node.place.inputs.iter().map(|&tensor| names[tensor].as_str()).collect();
        let name = match &node.op {
            Op::LogSoftmax(_) => {
                let axis = vec![("axis", Attribute::Integer(1))];
                build.named_node("LogSoftmax", &inputs, axis, output);
                output.to_owned()
            }
            _ => operation(build, of, node, &inputs),
        };
        names.push(name);
    }
}

/// Appends one operation; gives the name of what it writes.
fn operation<'a>(build: &mut Builder<'a>, of: Weighted<'a>, node: &Node, inputs: &[&str]) -> String {
    let (input, parameters) = (inputs[0], parameters(build, of, node));
    let with_parameters: Vec<&str> =
        [input].into_iter().chain(parameters.iter().map(String::as_str)).collect();
    match &node.op {
        Op::Conv2d(layer) => build.node_with("Conv", &with_parameters, window(layer)),
        Op::BatchNorm2d(layer) => {
            let eps = vec![("epsilon", Attribute::Float(layer.eps as f32))];
            // ONNX's operator always has a scale and a shift.
            let fixed = match layer.affine {
                Affine::Neither => constant_scale_and_shift(build, node),
                Affine::Both | Affine::Bias => vec![],
            };
            let (input, statistics) = with_parameters.split_at(1);
            let all: Vec<&str> = input
                .iter()
                .copied()
                .chain(fixed.iter().map(String::as_str))
                .chain(statistics.iter().copied())
                .collect();
            build.node_with("BatchNormalization", &all, eps)
        }
        Op::GroupNorm(layer) => group_norm(build, *layer, node, input, &parameters),
        Op::Linear(_) => build.node_with("Gemm", &with_parameters, vec![("transB", Attribute::Integer(1))]),
        Op::ReLU(_) | Op::LeakyReLU(_) | Op::Scale(_) | Op::SiLU(_) | Op::Hardswish(_) | Op::GELU(_) => {
            activation(build, &node.op, input).expect("it is an activation")
        }
        Op::MaxPool2d(layer) => pools::max(build, layer, &node.place, input),
        Op::AvgPool2d(layer) => pools::mean(build, layer, &node.place, input),
        Op::AdaptiveAvgPool2d(_) => pools::adaptive_mean(build, &node.place, input),
        Op::AdaptiveMaxPool2d(_) => pools::adaptive_max(build, &node.place, input),
        Op::SqueezeExcitation(layer) => squeeze_excitation(build, *layer, input, &parameters),
        // Nothing is dropped but in training.
        Op::Identity(_) | Op::Dropout(_) | Op::Dropout2d(_) => input.to_owned(),
        Op::Flatten(_) => build.node_with("Flatten", &[input], vec![("axis", Attribute::Integer(1))]),
        Op::LogSoftmax(_) => build.node_with("LogSoftmax", &[input], vec![("axis", Attribute::Integer(1))]),
        // Nothing is left out of a sum but in training.
        Op::Add(_) => build.node("Add", inputs),
    }
}

/// Appends a function of each value by itself; `None` where the operation is another.
pub(super) fn activation(build: &mut Builder<'_>, op: &Op, input: &str) -> Option<String> {
    Some(match op {
        Op::ReLU(_) => build.node("Relu", &[input]),
        Op::LeakyReLU(layer) => {
            let slope = Attribute::Float(layer.negative_slope as f32);
            build.node_with("LeakyRelu", &[input], vec![("alpha", slope)])
        }
        Op::Scale(layer) => {
            let value = build.number(&format!("scale_{:?}", layer.value), layer.value as f32);
            build.node("Mul", &[input, &value])
        }
        Op::SiLU(_) => {
            let share = build.node("Sigmoid", &[input]);
            build.node("Mul", &[input, &share])
        }
        Op::Hardswish(_) => build.node("HardSwish", &[input]),
        Op::GELU(GELU { tanh: false }) => gelu(build, input),
        Op::GELU(GELU { tanh: true }) => gelu_by_tanh(build, input),
        _ => return None,
    })
}

/// Appends a straight line from 0 at -3 to 1 at 3.
pub(super) fn hardsigmoid(build: &mut Builder<'_>, input: &str) -> String {
    let settings = vec![("alpha", Attribute::Float(1.0 / 6.0)), ("beta", Attribute::Float(0.5))];
    build.node_with("HardSigmoid", &[input], settings)
}

/// Ones and zeros, a value a channel, for a normalisation that learns nothing behind it.
fn constant_scale_and_shift(build: &mut Builder<'_>, node: &Node) -> Vec<String> {
    let [channels, ..] = node.place.input_shape.dims();
    let of = |build: &mut Builder<'_>, name: &str, value: f32| {
        build.floats(&format!("constant.{name}_{channels}"), &[channels], vec![value; channels])
    };
    vec![of(build, "ones", 1.0), of(build, "zeros", 0.0)]
}

/// The tensors of a node in PyTorch's order, which is that of ONNX, under their names in the state dict.
fn parameters<'a>(build: &mut Builder<'a>, of: Weighted<'a>, node: &Node) -> Vec<String> {
    let tensors = of.network.parameters_of(node).iter().map(|parameter| {
        let tensor =
            of.weights.get(&parameter.name).expect("the weights were arranged as the network has them");
        build.floats(&parameter.name, &tensor.shape, &tensor.data)
    });
    tensors.collect()
}

fn window(layer: &Conv2d) -> Vec<(&'static str, Attribute)> {
    let Conv2d { kernel_size, stride, padding, dilation, groups, .. } = *layer;
    let Pair { height, width } = padding;
    let mut settings = vec![
        ("kernel_shape", integers([kernel_size.height, kernel_size.width])),
        ("strides", integers([stride.height, stride.width])),
        ("pads", integers([height, width, height, width])),
    ];
    if dilation != Pair::square(1) {
        settings.push(("dilations", integers([dilation.height, dilation.width])));
    }
    if groups != 1 {
        settings.push(("group", Attribute::Integer(groups as i64)));
    }
    settings
}

/// The means, two convolutions of one pixel with ReLU between them, and the product.
fn squeeze_excitation(
    build: &mut Builder<'_>,
    layer: SqueezeExcitation,
    input: &str,
    parameters: &[String],
) -> String {
    let [fc1, bias1, fc2, bias2] = parameters else { unreachable!("two layers with their biases") };
    let means = build.node("GlobalAveragePool", &[input]);
    let squeezed = build.node("Conv", &[&means, fc1, bias1]);
    let squeezed = build.node("Relu", &[&squeezed]);
    let excited = build.node("Conv", &[&squeezed, fc2, bias2]);
    let scales = match layer.scale_activation {
        ScaleActivation::Sigmoid => build.node("Sigmoid", &[&excited]),
        ScaleActivation::Hardsigmoid => hardsigmoid(build, &excited),
    };
    build.node("Mul", &[input, &scales])
}

/// (x - mean) / sqrt(variance + eps) over each group, then a scale and a shift a channel. ONNX's own operator has them a
/// group, or is of a set that few runtimes know. Its `InstanceNormalization` would do, but runtimes that add up all values
/// of a group one after the other, as ONNX Runtime does in browsers, are then wrong by 3e-5: the means here are means of
/// rows, and then of their means.
fn group_norm(
    build: &mut Builder<'_>,
    GroupNorm { num_groups, eps, .. }: GroupNorm,
    node: &Node,
    input: &str,
    parameters: &[String],
) -> String {
    let [channels, height, width] = node.place.input_shape.dims().map(|side| side as i64);
    let grouped = vec![0, num_groups as i64, -1, width];
    let grouped = build.shape(&format!("constant.{num_groups}_groups_of_{width}"), grouped);
    let image =
        build.shape(&format!("constant.{}_image", node.place.input_shape), vec![0, channels, height, width]);
    let eps = build.number(&format!("eps_{eps:?}"), eps as f32);

    let x = build.node("Reshape", &[input, &grouped]);
    let mean = mean_of_group(build, &x);
    let centred = build.node("Sub", &[&x, &mean]);
    let square = build.node("Mul", &[&centred, &centred]);
    let variance = mean_of_group(build, &square);
    let variance = build.node("Add", &[&variance, &eps]);
    let deviation = build.node("Sqrt", &[&variance]);
    let normal = build.node("Div", &[&centred, &deviation]);
    let normal = build.node("Reshape", &[&normal, &image]);
    let [scale, shift] = parameters else { return normal };
    let channels = build.shape(&format!("constant.{channels}_channels"), vec![channels, 1, 1]);
    let (scale, shift) =
        (build.node("Reshape", &[scale, &channels]), build.node("Reshape", &[shift, &channels]));
    let scaled = build.node("Mul", &[&normal, &scale]);
    build.node("Add", &[&scaled, &shift])
}

/// The mean over the last side, and of these means over the one before.
fn mean_of_group(build: &mut Builder<'_>, x: &str) -> String {
    let over = |axis| vec![("axes", Attribute::Integers(vec![axis])), ("keepdims", Attribute::Integer(1))];
    let rows = build.node_with("ReduceMean", &[x], over(3));
    build.node_with("ReduceMean", &[&rows], over(2))
}

/// x (1 + erf(x / sqrt 2)) / 2.
fn gelu(build: &mut Builder<'_>, x: &str) -> String {
    let root = build.number("sqrt_2", std::f32::consts::SQRT_2);
    let inner = build.node("Div", &[x, &root]);
    let inner = build.node("Erf", &[&inner]);
    half_of_one_more(build, x, &inner)
}

/// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
fn gelu_by_tanh(build: &mut Builder<'_>, x: &str) -> String {
    let cubic = build.number("gelu_cubic", 0.044_715);
    let root = build.number("sqrt_2_over_pi", (2.0 / std::f64::consts::PI).sqrt() as f32);
    let square = build.node("Mul", &[x, x]);
    let cube = build.node("Mul", &[&square, x]);
    let cube = build.node("Mul", &[&cube, &cubic]);
    let inner = build.node("Add", &[x, &cube]);
    let inner = build.node("Mul", &[&inner, &root]);
    let inner = build.node("Tanh", &[&inner]);
    half_of_one_more(build, x, &inner)
}

fn half_of_one_more(build: &mut Builder<'_>, x: &str, inner: &str) -> String {
    let (one, half) = (build.number("one", 1.0), build.number("half", 0.5));
    let more = build.node("Add", &[inner, &one]);
    let product = build.node("Mul", &[x, &more]);
    build.node("Mul", &[&product, &half])
}
