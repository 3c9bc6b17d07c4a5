//! From a network with its weights to a program.

use toile_kernels::activation::Activation;
use toile_kernels::avg_pool2d::reference::AvgPoolGeometry;
use toile_kernels::window::{WindowGeometry, adaptive_span};
use toile_nn::description::{
    Affine, BatchNorm2d, Conv2d, GELU, Network, Node, Op, Pair, ScaleActivation, Shape, SqueezeExcitation,
};
use toile_nn::state::StateDict;

use super::merge::merge;
use super::{Convolution, Curve, GroupNorm, Operation, Program, Span, Step, TensorId, Windows};

/// The program of a trained network.
///
/// # Panics
/// Weights that are not the network's.
pub fn lower(network: &Network, weights: &StateDict<f32>) -> Program {
    let program =
        Program { image: network.input.dims(), steps: Vec::new(), logits: 0, classes: network.classes };
    let mut lowering = Lowering { network, weights, program, tensors: vec![0], node: 0 };
    for (index, node) in network.nodes.iter().enumerate() {
        lowering.node = index;
        let output = lowering.node(node);
        lowering.tensors.push(output);
    }
    let mut program = lowering.program;
    program.logits = *lowering.tensors.last().expect("there is the image");
    merge(&mut program);
    program
}

struct Lowering<'a> {
    network: &'a Network,
    weights: &'a StateDict<f32>,
    program: Program,
    /// Which of the program's tensors each of the network's is.
    tensors: Vec<TensorId>,
    /// The node at hand.
    node: usize,
}

/// An operation between shapes.
struct Between {
    from: [usize; 3],
    to: [usize; 3],
}

impl<'a> Lowering<'a> {
    /// Appends what a node does; gives what it writes.
    fn node(&mut self, node: &Node) -> TensorId {
        let input = self.tensors[node.place.input()];
        let between = Between { from: node.place.input_shape.dims(), to: node.place.output_shape.dims() };
        let curve = |activation| Operation::Curve(Curve::Activation(activation));
        let operation = match &node.op {
            Op::Conv2d(layer) => self.convolution(layer, node),
            Op::BatchNorm2d(layer) => self.batch_norm(layer, node),
            Op::GroupNorm(layer) => {
                let [scale, shift] = self.scale_and_shift(node, layer.affine);
                Operation::GroupNorm(GroupNorm {
                    groups: layer.num_groups,
                    eps: layer.eps as f32,
                    scale,
                    shift,
                })
            }
            Op::Linear(layer) => self.linear(layer.bias, node),
            Op::ReLU(_) => curve(Activation::ReLU),
            Op::GELU(GELU { tanh }) => curve(Activation::GELU { tanh: *tanh }),
            Op::LeakyReLU(layer) => curve(Activation::LeakyReLU { negative_slope: layer.negative_slope }),
            Op::SiLU(_) => curve(Activation::SiLU),
            Op::Hardswish(_) => curve(Activation::Hardswish),
            Op::Scale(layer) => curve(Activation::Scale { value: layer.value }),
            Op::MaxPool2d(layer) => {
                let window = node.place.window([layer.kernel_size, layer.stride, layer.padding]);
                Operation::MaxPool(sliding(window, false))
            }
            Op::AvgPool2d(layer) => {
                let window = node.place.window([layer.kernel_size, layer.stride, layer.padding]);
                Operation::MeanPool(sliding(window, layer.count_include_pad))
            }
            Op::AdaptiveAvgPool2d(_) => Operation::MeanPool(adaptive(&between)),
            Op::AdaptiveMaxPool2d(_) => Operation::MaxPool(adaptive(&between)),
            Op::SqueezeExcitation(layer) => return self.squeeze_excitation(*layer, node, input),
            Op::Add(_) => {
                let summands = node.place.inputs.iter().map(|&tensor| self.tensors[tensor]).collect();
                return self.push(self.named(node), Operation::Sum { relu: false }, summands, between);
            }
            // Nothing is dropped but in training, an image lies as its features do, and the last step is the device's.
            Op::Identity(_) | Op::Dropout(_) | Op::Dropout2d(_) | Op::Flatten(_) | Op::LogSoftmax(_) => {
                return input;
            }
        };
        self.push(self.named(node), operation, vec![input], between)
    }

    /// Appends a step; gives what it writes.
    fn push(
        &mut self,
        name: String,
        operation: Operation,
        inputs: Vec<TensorId>,
        between: Between,
    ) -> TensorId {
        let output = self.program.steps.last().map_or(0, |step| step.output) + 1;
        let (Between { from, to }, node) = (between, self.node);
        self.program.steps.push(Step { name, operation, inputs, output, from, to, node });
        output
    }

    /// `conv1`, of a node with parameters; `max_pool2d_3`, of any other.
    fn named(&self, node: &Node) -> String {
        let number = self.node + 1;
        let name = self.network.name_of(node);
        name.map_or_else(|| format!("{}_{number}", node.op.kind().to_lowercase()), str::to_owned)
    }

    fn parameters(&self, node: &Node) -> Vec<&'a [f32]> {
        let of = |name: &str| &self.weights.get(name).expect("the weights are the network's").data[..];
        self.network.parameters_of(node).iter().map(|parameter| of(&parameter.name)).collect()
    }

    fn convolution(&self, layer: &Conv2d, node: &Node) -> Operation {
        let parameters = self.parameters(node);
        let sides = |pair: Pair| [pair.height, pair.width];
        let kernel = sides(layer.kernel_size);
        let bias = match layer.bias {
            true => parameters[1].to_vec(),
            false => vec![0.0; layer.out_channels],
        };
        Operation::Convolution(Convolution {
            kernel,
            stride: sides(layer.stride),
            padding: sides(layer.padding),
            dilation: sides(layer.dilation),
            groups: layer.groups,
            weight: channels_inside(parameters[0], layer.out_channels, kernel[0] * kernel[1]),
            bias,
            relu: false,
            tile: [1, 1],
        })
    }

    /// PyTorch flattens an image channel by channel; here an image stays as it lies, and the weights change places.
    fn linear(&self, has_bias: bool, node: &Node) -> Operation {
        let parameters = self.parameters(node);
        let outputs = node.place.output_shape.len();
        let pixels = match node.place.input_shape {
            Shape::Features { flattened: Some([_, height, width]), .. } => height * width,
            _ => 1,
        };
        let bias = if has_bias { parameters[1].to_vec() } else { vec![0.0; outputs] };
        let weight = channels_inside(parameters[0], outputs, pixels);
        Operation::Convolution(Convolution::of_a_pixel(weight, bias))
    }

    /// With the statistics that training left: a factor and a summand a channel.
    fn batch_norm(&self, layer: &BatchNorm2d, node: &Node) -> Operation {
        let [gamma, beta] = self.scale_and_shift(node, layer.affine != Affine::Neither);
        let parameters = self.parameters(node);
        let [.., mean, variance] = &parameters[..] else { unreachable!("it has statistics") };
        let scale: Vec<f64> = gamma
            .iter()
            .zip(*variance)
            .map(|(&gamma, &variance)| f64::from(gamma) / (f64::from(variance) + layer.eps).sqrt())
            .collect();
        let shift = beta.iter().zip(*mean).zip(&scale);
        let shift =
            shift.map(|((&beta, &mean), scale)| (f64::from(beta) - f64::from(mean) * scale) as f32).collect();
        let scale = scale.into_iter().map(|scale| scale as f32).collect();
        Operation::Convolution(Convolution::scale_and_shift(scale, shift))
    }

    /// The first two parameters of a normalisation, or ones and zeros.
    fn scale_and_shift(&self, node: &Node, affine: bool) -> [Vec<f32>; 2] {
        let [channels, ..] = node.place.input_shape.dims();
        let parameters = self.parameters(node);
        match affine {
            true => [parameters[0].to_vec(), parameters[1].to_vec()],
            false => [vec![1.0; channels], vec![0.0; channels]],
        }
    }

    /// The means, two layers with ReLU between them, and the product.
    fn squeeze_excitation(&mut self, layer: SqueezeExcitation, node: &Node, input: TensorId) -> TensorId {
        let (name, parameters) = (self.named(node), self.parameters(node));
        let [fc1, bias1, fc2, bias2] = parameters[..] else { unreachable!("two layers with their biases") };
        let image = node.place.input_shape.dims();
        let (pixel, squeezed) = ([image[0], 1, 1], [layer.squeeze_channels, 1, 1]);
        let gate = match layer.scale_activation {
            ScaleActivation::Sigmoid => Curve::Sigmoid,
            ScaleActivation::Hardsigmoid => Curve::Hardsigmoid,
        };
        let of = |weight: &[f32], bias: &[f32]| {
            Operation::Convolution(Convolution::of_a_pixel(weight.to_vec(), bias.to_vec()))
        };
        let relu = Operation::Curve(Curve::Activation(Activation::ReLU));
        let whole = Between { from: image, to: pixel };
        let mut tensor = input;
        for (part, operation, between) in [
            ("mean", Operation::MeanPool(adaptive(&whole)), whole),
            ("fc1", of(fc1, bias1), Between { from: pixel, to: squeezed }),
            ("relu", relu, Between { from: squeezed, to: squeezed }),
            ("fc2", of(fc2, bias2), Between { from: squeezed, to: pixel }),
            ("gate", Operation::Curve(gate), Between { from: pixel, to: pixel }),
        ] {
            tensor = self.push(format!("{name}_{part}"), operation, vec![tensor], between);
        }
        let product = Between { from: image, to: image };
        self.push(format!("{name}_product"), Operation::Product, vec![input, tensor], product)
    }
}

/// `[output][channel][pixel]` to `[output][pixel][channel]`.
fn channels_inside(weight: &[f32], outputs: usize, pixels: usize) -> Vec<f32> {
    let filter = weight.len() / outputs;
    let channels = filter / pixels;
    let place = |at: usize| {
        let (output, rest) = (at / filter, at % filter);
        output * filter + rest % channels * pixels + rest / channels
    };
    (0..weight.len()).map(|at| weight[place(at)]).collect()
}

fn sliding(window: WindowGeometry, count_include_pad: bool) -> Windows {
    let geometry = AvgPoolGeometry::Sliding { window, count_include_pad };
    let [rows, columns] = [0, 1].map(|axis| {
        let spans = (0..window.output[axis]).map(|o| geometry.span(axis, o));
        spans.map(|(inside, count)| Span { inside, count }).collect()
    });
    Windows { rows, columns }
}

fn adaptive(between: &Between) -> Windows {
    let [rows, columns] = [1, 2].map(|side| {
        let (from, to) = (between.from[side], between.to[side]);
        let spans = (0..to).map(|o| adaptive_span(from, to, o));
        spans.map(|inside| Span { count: inside.len(), inside }).collect()
    });
    Windows { rows, columns }
}
