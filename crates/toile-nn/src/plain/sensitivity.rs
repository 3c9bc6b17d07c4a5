//! How a class's logit depends on what a network's convolutions found in an image.

use toile_kernels::precision::Precision;
use toile_kernels::real::Real;

use super::node::Mode;
use super::{PlainExecutor, pass};
use crate::description::{Network, Op, Shape, TensorId};

/// The features of an image, and the gradient of a class's logit with respect to them, in evaluation mode.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity<T> {
    /// Channels, height and width of the features.
    pub shape: [usize; 3],
    /// `[row][column][channel]`.
    pub features: Vec<T>,
    /// Alike.
    pub gradient: Vec<T>,
}

impl<T: Real> PlainExecutor<T> {
    /// What the last convolution found in an image, `[row][column][channel]` as numbers, and what that means for the
    /// logit of a class. The features are the last tensor of the height and width that the last `Conv2d` with more than
    /// one position gives, so after its normalisation, its activation and the sum of its residual block, and before
    /// any pooling. `None` where there is no such convolution.
    ///
    /// # Panics
    /// If the image is not of the network's shape, or there is no such class.
    pub fn sensitivity(&self, image: &[T], class: usize) -> Option<Sensitivity<T>> {
        assert_eq!(image.len(), self.network.input.len(), "one image of the network's shape");
        assert!(class < self.network.classes, "class {class} of {}", self.network.classes);
        // Nothing is learnt from these gradients.
        let network = self.network.clone().with_precision(Precision::F32);
        let tensor = features(&network)?;
        let mut tape = pass::forward(&network, &self.state, image, Mode::Evaluation);
        let mut d_logits = vec![T::ZERO; network.classes];
        d_logits[class] = T::ONE;
        let gradient = pass::gradient_of(&network, &self.state, &tape, d_logits, tensor);
        let shape = network.nodes[tensor - 1].place.output_shape.dims();
        Some(Sensitivity { shape, features: tape.tensors.swap_remove(tensor), gradient })
    }
}

/// The tensor that [`PlainExecutor::sensitivity`] looks at; `None` where there is no such convolution.
pub fn features(network: &Network) -> Option<TensorId> {
    let size = |node: usize| match network.nodes[node].place.output_shape {
        Shape::Image { height, width, .. } => Some([height, width]),
        Shape::Features { .. } => None,
    };
    let is_wide = |node: &usize| size(*node).is_some_and(|[height, width]| height * width > 1);
    let is_convolution = |node: &usize| matches!(network.nodes[*node].op, Op::Conv2d(_));
    let last = (0..network.nodes.len()).filter(is_convolution).rfind(is_wide)?;
    let alike = (last..network.nodes.len()).take_while(|node| size(*node) == size(last));
    alike.last().map(|node| node + 1)
}
