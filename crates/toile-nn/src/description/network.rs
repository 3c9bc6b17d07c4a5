//! A checked network: operations in the order they run, with every shape known.

use toile_kernels::precision::Precision;

use crate::graph::parameter::Parameter;
use crate::graph::place::Place;
use crate::graph::shape::Shape;
use crate::layers::{Layer, Op};
use crate::state::{StateDict, StateError};

/// One operation with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What is done.
    pub op: Op,
    /// What it reads, and the shapes around it. Node `n` writes tensor `n + 1`.
    pub place: Place,
}

/// A layer that cannot be trained on a batch of so few images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooFewImages {
    /// Its name in the state dict and its kind: `bn1 (BatchNorm2d)`.
    pub layer: String,
    /// Images of the batch.
    pub images: usize,
    /// What the layer needs at least.
    pub fewest: usize,
}

impl std::fmt::Display for TooFewImages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let TooFewImages { layer, images, fewest } = self;
        let plural = if *images == 1 { "" } else { "s" };
        write!(f, "{layer} cannot be trained on a batch of {images} image{plural}, it needs {fewest}")
    }
}

impl std::error::Error for TooFewImages {}

/// A checked network. Made by [`super::resolve`]; the last node is always `LogSoftmax` over the classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// What the user wrote.
    pub layers: Vec<Layer>,
    /// Shape of an image.
    pub input: Shape,
    /// Operations in the order they run.
    pub nodes: Vec<Node>,
    /// Tensors of the state dict in the order of the layers.
    pub parameters: Vec<Parameter>,
    /// Number of classes.
    pub classes: usize,
    /// See [`Network::precision`]: the nodes have what follows from it.
    pub(crate) precision: Precision,
}

impl Network {
    /// What products are computed in while it is trained, where that pays. It is evaluated in f32 whatever it is.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The parameters and buffers of one of its nodes.
    pub fn parameters_of(&self, node: &Node) -> &[Parameter] {
        &self.parameters[node.place.parameters.clone()]
    }

    /// What one of its nodes is called in the state dict, as `conv1`; `None` where it has no parameters.
    pub fn name_of(&self, node: &Node) -> Option<&str> {
        self.parameters_of(node).first().map(Parameter::module)
    }

    /// Whether it has statistics that follow training batches.
    pub fn has_statistics(&self) -> bool {
        self.parameters.iter().any(|parameter| parameter.buffer)
    }

    /// A state dict in the order of the network's tensors.
    ///
    /// # Errors
    /// A tensor that is missing, one that the network does not have, another shape.
    pub(crate) fn arranged<T: Clone>(&self, state: &StateDict<T>) -> Result<StateDict<T>, StateError> {
        let expected: Vec<_> = self.parameters.iter().map(|p| (p.name.clone(), p.shape.clone())).collect();
        state.arranged(&expected)
    }

    /// Number of trained values.
    pub fn parameter_count(&self) -> usize {
        self.parameters.iter().filter(|p| p.trained()).map(Parameter::len).sum()
    }

    /// Whether each layer can be trained on a batch of so many images.
    ///
    /// # Errors
    /// The first layer that cannot: a `BatchNorm2d` needs two values a channel for their variance.
    pub fn check_batch(&self, images: usize) -> Result<(), TooFewImages> {
        let needs_more = |node: &&Node| node.op.operation().fewest_images(&node.place) > images;
        let Some(node) = self.nodes.iter().find(needs_more) else { return Ok(()) };
        let kind = node.op.kind();
        let layer = self.name_of(node).map_or_else(|| kind.to_string(), |name| format!("{name} ({kind})"));
        Err(TooFewImages { layer, images, fewest: node.op.operation().fewest_images(&node.place) })
    }
}
