//! A network in whole numbers as ONNX has it: operators in floats between `QuantizeLinear` and `DequantizeLinear`, which
//! runtimes replace by operators of their own on bytes.
//!
//! Tensors have the scales and zeros of Toile's own whole numbers, weights their bytes. How sums are rounded is the
//! runtime's own: its answers are near Toile's, and not the same to the bit.

use toile_device::int8::{self, Integer, Integers};
use toile_device::program::{Convolution, Curve, Operation, Step, TensorId};
use toile_nn::description::{Network, Op, Shape};

use super::build::{Builder, integers};
use super::layers;
use super::model::Attribute;
use super::pools;

/// Appends a network that reads the normalized image; its last node writes `output`.
pub(super) fn append(build: &mut Builder<'_>, network: &Network, of: &Integers, image: &str, output: &str) {
    let tensors = vec![None; of.quantizations.len()];
    let mut writer = Writer { build, network, of, tensors };
    let name = writer.quantized(image, 0);
    writer.tensors[0] = Some(Written { name, is_image: true });
    for (step, integer) in of.program.steps.iter().zip(&of.steps) {
        let written = writer.step(step, integer);
        // The logits of a convolution stay as they are.
        let is_byte = !matches!(integer, Integer::Convolution(int8::Convolution { to: None, .. }));
        let name = if is_byte { writer.quantized(&written, step.output) } else { written };
        let node = &network.nodes[step.node];
        let is_image = matches!(node.place.output_shape, Shape::Image { .. });
        writer.tensors[step.output] = Some(Written { name, is_image });
    }
    let logits = writer.read(of.program.logits, false);
    build.named_node("LogSoftmax", &[&logits], vec![("axis", Attribute::Integer(1))], output);
}

/// A tensor of the graph.
#[derive(Clone)]
struct Written {
    name: String,
    /// Whether it is [batch, channels, rows, columns], and not [batch, features].
    is_image: bool,
}

struct Writer<'w, 'a, 'n> {
    build: &'w mut Builder<'a>,
    network: &'n Network,
    of: &'n Integers,
    /// Those of the program that are written.
    tensors: Vec<Option<Written>>,
}

impl Writer<'_, '_, '_> {
    /// The name of a tensor, as an image or as features: flattening is no step of a program.
    fn read(&mut self, tensor: TensorId, as_image: bool) -> String {
        let Written { name, is_image } =
            self.tensors[tensor].clone().expect("it is written before it is read");
        match is_image && !as_image {
            true => self.build.node_with("Flatten", &[&name], vec![("axis", Attribute::Integer(1))]),
            false => name,
        }
    }

    /// To bytes and back.
    fn quantized(&mut self, input: &str, tensor: TensorId) -> String {
        let of = self.of.quantizations[tensor];
        let scale = self.build.floats(&format!("tensor_{tensor}.scale"), &[], vec![of.scale]);
        let zero = self.build.bytes(&format!("tensor_{tensor}.zero"), &[], vec![of.zero as i8]);
        let bytes = self.build.node("QuantizeLinear", &[input, &scale, &zero]);
        self.build.node("DequantizeLinear", &[&bytes, &scale, &zero])
    }

    /// Appends what a step does, in floats; gives the name of what it writes.
    fn step(&mut self, step: &Step, integer: &Integer) -> String {
        let (network, node) = (self.network, &self.network.nodes[step.node]);
        let as_image = matches!(node.place.input_shape, Shape::Image { .. });
        let inputs: Vec<String> = step.inputs.iter().map(|&input| self.read(input, as_image)).collect();
        let input = &inputs[0];
        match (&step.operation, integer) {
            (Operation::Convolution(layer), Integer::Convolution(with)) => {
                self.convolution(step, layer, with, input)
            }
            (Operation::Curve(Curve::Sigmoid), _) => self.build.node("Sigmoid", &[input]),
            (Operation::Curve(Curve::Hardsigmoid), _) => layers::hardsigmoid(self.build, input),
            (Operation::Curve(_), _) => {
                layers::activation(self.build, &node.op, input).expect("the node is an activation")
            }
            (Operation::Sum { relu }, _) => {
                let sum = self.build.node("Add", &[input, &inputs[1]]);
                if *relu { self.build.node("Relu", &[&sum]) } else { sum }
            }
            (Operation::Product, _) => self.build.node("Mul", &[input, &inputs[1]]),
            _ => match &network.nodes[step.node].op {
                Op::MaxPool2d(layer) => pools::max(self.build, layer, &node.place, input),
                Op::AvgPool2d(layer) => pools::mean(self.build, layer, &node.place, input),
                Op::AdaptiveAvgPool2d(_) => pools::adaptive_mean(self.build, &node.place, input),
                Op::AdaptiveMaxPool2d(_) => pools::adaptive_max(self.build, &node.place, input),
                // The means of a squeeze and excitation.
                _ => self.build.node("GlobalAveragePool", &[input]),
            },
        }
    }

    /// A convolution with ReLU and tiles, or a linear layer.
    fn convolution(
        &mut self,
        step: &Step,
        layer: &Convolution,
        with: &int8::Convolution,
        input: &str,
    ) -> String {
        let node = &self.network.nodes[step.node];
        let is_linear = matches!(node.op, Op::Linear(_));
        let outputs = layer.bias.len();
        let filter = layer.weight.len() / outputs;
        let pixels = match node.place.input_shape {
            Shape::Features { flattened: Some([_, height, width]), .. } if is_linear => height * width,
            _ => layer.kernel[0] * layer.kernel[1],
        };
        let mut sides = vec![outputs, filter / pixels];
        match is_linear {
            true => sides = vec![outputs, filter],
            false => sides.extend(layer.kernel),
        }
        let [weight, bias] = self.parameters(step, with, &sides, pixels);
        let mut y = if is_linear {
            self.build.node_with("Gemm", &[input, &weight, &bias], vec![("transB", Attribute::Integer(1))])
        } else {
            let [above, before] = layer.padding;
            let settings = vec![
                ("kernel_shape", integers(layer.kernel)),
                ("strides", integers(layer.stride)),
                ("pads", integers([above, before, above, before])),
                ("dilations", integers(layer.dilation)),
                ("group", Attribute::Integer(layer.groups as i64)),
            ];
            self.build.node_with("Conv", &[input, &weight, &bias], settings)
        };
        if layer.relu {
            y = self.build.node("Relu", &[&y]);
        }
        if layer.tile != [1, 1] {
            // Bytes first: the runtime's convolution then makes them itself.
            y = self.quantized(&y, step.output);
            let tile = vec![("kernel_shape", integers(layer.tile)), ("strides", integers(layer.tile))];
            y = self.build.node_with("MaxPool", &[&y], tile);
        }
        y
    }

    /// Weight and bias of these sides, from their bytes and words.
    fn parameters(
        &mut self,
        step: &Step,
        with: &int8::Convolution,
        sides: &[usize],
        pixels: usize,
    ) -> [String; 2] {
        let (name, outputs) = (&step.name, with.bias.len());
        let filter = with.weight.len() / outputs;
        let channels = filter / pixels;
        // From [output][pixel][channel] to [output][channel][pixel].
        let place = |at: usize| {
            let (output, rest) = (at / filter, at % filter);
            output * filter + rest % pixels * channels + rest / pixels
        };
        let bytes: Vec<i8> = (0..with.weight.len()).map(|at| with.weight[place(at)]).collect();
        let from = self.of.quantizations[step.inputs[0]].scale;
        let sums: Vec<f32> = with.scales.iter().map(|scale| scale * from).collect();
        let scales = self.build.floats(&format!("{name}.scales"), &[outputs], with.scales.clone());
        let weight = self.build.bytes(&format!("{name}.weight"), sides, bytes);
        let sums = self.build.floats(&format!("{name}.sums"), &[outputs], sums);
        let bias = self.build.words(&format!("{name}.bias"), with.bias.clone());
        let axis = || vec![("axis", Attribute::Integer(0))];
        [
            self.build.node_with("DequantizeLinear", &[&weight, &scales], axis()),
            self.build.node_with("DequantizeLinear", &[&bias, &sums], axis()),
        ]
    }
}
