//! From layers to a checked network: shapes, names, tensor indices.

use toile_kernels::precision::Precision;

use super::network::{Network, Node};
use crate::algorithms;
use crate::graph::mistake::Mistake;
use crate::graph::parameter::{Claims, Initial, Parameter};
use crate::graph::place::{Place, TensorId};
use crate::graph::shape::Shape;
use crate::layers::{Layer, LogSoftmax, Op, Residual, Skip, skip};

/// Why a list of layers is no network, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescriptionError {
    /// Indices into the nested lists of layers; empty where the list as a whole is meant.
    pub path: Vec<usize>,
    /// What is wrong, with the shapes involved.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl std::fmt::Display for DescriptionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place: Vec<String> = self.path.iter().map(|i| (i + 1).to_string()).collect();
        let place = if place.is_empty() { String::new() } else { format!("layer {}: ", place.join(".")) };
        write!(f, "{place}{} ({})", self.message, self.help)
    }
}

impl std::error::Error for DescriptionError {}

/// Checks `layers` on images of `input` shape (channels, height, width) with `classes` classes.
pub fn resolve(input: [usize; 3], layers: &[Layer], classes: usize) -> Result<Network, DescriptionError> {
    let [channels, height, width] = input;
    let shape = Shape::Image { channels, height, width };
    let mut builder = Builder { nodes: vec![], claims: Claims::default() };
    if layers.is_empty() {
        return Err(error(&[], "the network has no layers", "list at least Flatten, Linear and LogSoftmax"));
    }
    let (_, last) = builder.list(layers, 0, shape, &mut vec![])?;
    let last_path = [layers.len() - 1];
    if layers.last() != Some(&LogSoftmax.into()) {
        let help =
            "end the list with \"LogSoftmax\": the loss (negative log likelihood) needs log-probabilities";
        return Err(error(&last_path, "the network does not end in LogSoftmax", help));
    }
    let Builder { mut nodes, claims: Claims { parameters, .. } } = builder;
    if !parameters.iter().any(Parameter::trained) {
        return Err(error(&[], "the network has nothing to learn", "add a Linear layer"));
    }
    if last.len() != classes {
        let message = format!("the network has {} outputs, the data set {classes} classes", last.len());
        let help = format!("give the last Linear layer out_features = {classes}");
        return Err(error(&last_path, &message, &help));
    }
    let precision = Precision::default();
    algorithms::choose(&mut nodes, precision);
    Ok(Network { layers: layers.to_vec(), input: shape, nodes, parameters, classes, precision })
}

fn error(path: &[usize], message: &str, help: &str) -> DescriptionError {
    at(path)(Mistake::new(message, help))
}

/// Adds its place to a layer's mistake.
fn at(path: &[usize]) -> impl Fn(Mistake) -> DescriptionError {
    move |Mistake { message, help }| DescriptionError { path: path.to_vec(), message, help }
}

/// Values one image may have between two layers: 256 MiB.
const VALUES_MAX: u128 = 1 << 26;
/// Parameters a network may have: 8 GiB, and three times that for Adam.
const PARAMETERS_MAX: u128 = 1 << 31;

struct Builder {
    nodes: Vec<Node>,
    claims: Claims,
}

impl Builder {
    /// Appends a list of layers; returns the tensor and shape it ends in.
    fn list(
        &mut self,
        layers: &[Layer],
        mut tensor: TensorId,
        mut shape: Shape,
        path: &mut Vec<usize>,
    ) -> Result<(TensorId, Shape), DescriptionError> {
        for (index, layer) in layers.iter().enumerate() {
            path.push(index);
            if matches!(layer, Layer::LogSoftmax(_)) && (path.len() > 1 || index + 1 != layers.len()) {
                let help = "keep one LogSoftmax, as the last layer of the network";
                return Err(error(path, "LogSoftmax before the end of the network", help));
            }
            (tensor, shape) = self.layer(layer, tensor, shape, path)?;
            path.pop();
        }
        Ok((tensor, shape))
    }

    fn layer(
        &mut self,
        layer: &Layer,
        tensor: TensorId,
        shape: Shape,
        path: &mut Vec<usize>,
    ) -> Result<(TensorId, Shape), DescriptionError> {
        let first = self.claims.parameters.len();
        match layer {
            Layer::Residual(block) => self.residual(block, tensor, shape, path),
            layer => {
                let resolved = layer.resolve(shape, &mut self.claims).expect("a layer that is no block");
                let (op, output) = resolved.map_err(at(path))?;
                self.refuse_too_large(output, path)?;
                self.refuse_late_whitening(first, tensor, path)?;
                Ok(self.push(op, vec![tensor], [shape, output], first, path))
            }
        }
    }

    /// No product of sizes overflows behind this check, neither here nor where memory is planned.
    fn refuse_too_large(&self, output: Shape, path: &[usize]) -> Result<(), DescriptionError> {
        let product = |sizes: &[usize]| sizes.iter().fold(1u128, |p, &size| p.saturating_mul(size as u128));
        let values = product(&output.dims());
        let parameters: u128 = self.claims.parameters.iter().map(|p| product(&p.shape)).sum();
        let help = "choose fewer channels or features, or pool before this layer";
        if values > VALUES_MAX {
            let message = format!("an image would become {values} values here, more than {VALUES_MAX}");
            return Err(error(path, &message, help));
        }
        if parameters > PARAMETERS_MAX {
            let message = format!("the network has {parameters} parameters here, more than {PARAMETERS_MAX}");
            return Err(error(path, &message, help));
        }
        Ok(())
    }

    /// Patches of images are whitened, and nothing that a network makes of them.
    fn refuse_late_whitening(
        &self,
        first: usize,
        tensor: TensorId,
        path: &[usize],
    ) -> Result<(), DescriptionError> {
        let is_whitening = |parameter: &Parameter| matches!(parameter.initial, Initial::Whitening { .. });
        if tensor != 0 && self.claims.parameters[first..].iter().any(is_whitening) {
            let message =
                "init = \"whitening\" behind another layer: its filters are made from the images themselves";
            return Err(error(
                path,
                message,
                "make this convolution the first layer, or choose another init",
            ));
        }
        Ok(())
    }

    /// A node that reads `inputs` and owns the parameters claimed since `first`.
    fn push(
        &mut self,
        op: Op,
        inputs: Vec<TensorId>,
        [input_shape, output_shape]: [Shape; 2],
        first: usize,
        path: &[usize],
    ) -> (TensorId, Shape) {
        let place = Place {
            inputs,
            input_shape,
            output_shape,
            parameters: first..self.claims.parameters.len(),
            stream: self.claims.take_stream(),
            algorithms: None,
            path: path.to_vec(),
        };
        self.nodes.push(Node { op, place });
        (self.nodes.len(), output_shape)
    }

    fn residual(
        &mut self,
        block: &Residual,
        input: TensorId,
        shape: Shape,
        path: &mut Vec<usize>,
    ) -> Result<(TensorId, Shape), DescriptionError> {
        if block.layers.is_empty() {
            let help = "list the block's layers, or remove it";
            return Err(error(path, "a Residual block without layers", help));
        }
        let (main, output) = self.list(&block.layers, input, shape, path)?;
        let first = self.claims.parameters.len();
        let skip = match skip(block.projection, shape, output, &mut self.claims).map_err(at(path))? {
            Skip::Identity => input,
            Skip::Projection(projection) => {
                let op = Op::Conv2d(projection);
                self.push(op, vec![input], [shape, output], first, path).0
            }
        };
        let claimed = self.claims.parameters.len();
        let sum = block.sum(&mut self.claims).map_err(at(path))?;
        Ok(self.push(Op::Add(sum), vec![main, skip], [output, output], claimed, path))
    }
}
