//! Each operation as PyTorch writes it.

use toile_nn::description::{Affine, GELU, Network, Node, Op, Pair, ScaleActivation, Shape};

use crate::python::{number, pair};

/// Name and constructor of the module that holds a node's parameters; `None` where it has none.
pub(super) fn made(network: &Network, node: &Node) -> Option<(String, String)> {
    let name = network.name_of(node)?.to_owned();
    let ([from, ..], [to, ..]) = (node.place.input_shape.dims(), node.place.output_shape.dims());
    let bias = |bias: bool| if bias { "" } else { ", bias=False" };
    let constructor = match &node.op {
        Op::Conv2d(layer) => {
            let mut window = format!("kernel_size={}", pair(layer.kernel_size));
            if layer.stride != Pair::square(1) {
                window += &format!(", stride={}", pair(layer.stride));
            }
            if layer.padding != Pair::square(0) {
                window += &format!(", padding={}", pair(layer.padding));
            }
            if layer.dilation != Pair::square(1) {
                window += &format!(", dilation={}", pair(layer.dilation));
            }
            if layer.groups != 1 {
                window += &format!(", groups={}", layer.groups);
            }
            format!("nn.Conv2d({from}, {to}, {window}{})", bias(layer.bias))
        }
        Op::SqueezeExcitation(layer) => {
            let squeezed = layer.squeeze_channels;
            let (fc1, fc2) =
                (format!("nn.Conv2d({from}, {squeezed}, 1)"), format!("nn.Conv2d({squeezed}, {from}, 1)"));
            format!("nn.ModuleDict({{\"fc1\": {fc1}, \"fc2\": {fc2}}})")
        }
        Op::BatchNorm2d(layer) => {
            let (eps, momentum) = (number(layer.eps), layer.momentum.map_or_else(|| "None".into(), number));
            let affine = if layer.affine == Affine::Neither { ", affine=False" } else { "" };
            format!("nn.BatchNorm2d({from}, eps={eps}, momentum={momentum}{affine})")
        }
        Op::GroupNorm(layer) => {
            format!("nn.GroupNorm({}, {from}, eps={})", layer.num_groups, number(layer.eps))
        }
        Op::Linear(layer) => {
            format!("nn.Linear({}, {to}{})", node.place.input_shape.len(), bias(layer.bias))
        }
        Op::ReLU(_)
        | Op::GELU(_)
        | Op::LeakyReLU(_)
        | Op::SiLU(_)
        | Op::Hardswish(_)
        | Op::Scale(_)
        | Op::Identity(_)
        | Op::MaxPool2d(_)
        | Op::AvgPool2d(_)
        | Op::AdaptiveAvgPool2d(_)
        | Op::AdaptiveMaxPool2d(_)
        | Op::Dropout(_)
        | Op::Dropout2d(_)
        | Op::Flatten(_)
        | Op::LogSoftmax(_)
        | Op::Add(_) => return None,
    };
    Some((name, constructor))
}

/// What a node does to the variable `x`; `None` where that is nothing.
pub(super) fn call(network: &Network, node: &Node, x: &str) -> Option<String> {
    if let (Some(name), Op::SqueezeExcitation(layer)) = (network.name_of(node), &node.op) {
        let scale = match layer.scale_activation {
            ScaleActivation::Sigmoid => "torch.sigmoid",
            ScaleActivation::Hardsigmoid => "F.hardsigmoid",
        };
        let squeezed = format!("F.relu(self.{name}.fc1({x}.mean((2, 3), keepdim=True)))");
        return Some(format!("{x} * {scale}(self.{name}.fc2({squeezed}))"));
    }
    if let Some(name) = network.name_of(node) {
        return Some(format!("self.{name}({x})"));
    }
    let pool = |kernel, stride, padding, ceil: bool| {
        let ceil = if ceil { ", ceil_mode=True" } else { "" };
        let padding =
            if padding == Pair::square(0) { String::new() } else { format!(", padding={}", pair(padding)) };
        format!("{x}, {}, stride={}{padding}{ceil}", pair(kernel), pair(stride))
    };
    Some(match &node.op {
        Op::ReLU(_) => format!("F.relu({x})"),
        Op::GELU(GELU { tanh: false }) => format!("F.gelu({x})"),
        Op::GELU(GELU { tanh: true }) => format!("F.gelu({x}, approximate=\"tanh\")"),
        Op::LeakyReLU(layer) => format!("F.leaky_relu({x}, {})", number(layer.negative_slope)),
        Op::Scale(layer) => format!("{x} * {}", number(layer.value)),
        Op::SiLU(_) => format!("F.silu({x})"),
        Op::Hardswish(_) => format!("F.hardswish({x})"),
        Op::MaxPool2d(layer) => {
            let window = pool(layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode);
            format!("F.max_pool2d({window})")
        }
        Op::AvgPool2d(layer) => {
            let window = pool(layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode);
            let counted = if layer.count_include_pad { "" } else { ", count_include_pad=False" };
            format!("F.avg_pool2d({window}{counted})")
        }
        Op::AdaptiveAvgPool2d(layer) => format!("F.adaptive_avg_pool2d({x}, {})", pair(layer.output_size)),
        Op::AdaptiveMaxPool2d(layer) => format!("F.adaptive_max_pool2d({x}, {})", pair(layer.output_size)),
        Op::Dropout(layer) => format!("F.dropout({x}, {}, self.training)", number(layer.p)),
        Op::Dropout2d(layer) => format!("F.dropout2d({x}, {}, self.training)", number(layer.p)),
        Op::Flatten(_) => format!("{x}.flatten(1)"),
        Op::LogSoftmax(_) => format!("F.log_softmax({x}, dim=1)"),
        Op::GroupNorm(layer) => format!("F.group_norm({x}, {}, eps={})", layer.num_groups, number(layer.eps)),
        // The others have parameters and so a name; the writer of blocks makes the sum.
        Op::Identity(_)
        | Op::Conv2d(_)
        | Op::BatchNorm2d(_)
        | Op::Linear(_)
        | Op::SqueezeExcitation(_)
        | Op::Add(_) => return None,
    })
}

/// What a block's own output is multiplied with before the sum: whole images are left out in training, with this
/// probability.
pub(super) fn stochastic_depth(x: &str, p: f64, sum: &Node) -> String {
    let ones = if matches!(sum.place.output_shape, Shape::Image { .. }) { "1, 1, 1" } else { "1" };
    format!("F.dropout({x}.new_ones({x}.shape[0], {ones}), {}, self.training)", number(p))
}
