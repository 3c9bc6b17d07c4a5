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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::*;
    use crate::executor::Training;
    use crate::optimizer::{Optimizer, SGD};

    fn executor(layers: &[Layer]) -> PlainExecutor<f64> {
        let network = resolve([2, 6, 7], layers, 3).unwrap();
        let optimizer = Optimizer::SGD(SGD { momentum: 0.0, weight_decay: 0.0, nesterov: false });
        let mut executor = PlainExecutor::new(&network, Training::new(optimizer, 3));
        for (place, (name, tensor)) in executor.state.entries.iter_mut().enumerate() {
            if name.starts_with("bn") {
                let value = |i: usize| 0.5 + ((place * 7 + i * 3) % 5) as f64 / 4.0;
                tensor.data = (0..tensor.data.len()).map(value).collect();
            }
        }
        executor
    }

    fn image() -> Vec<f64> {
        (0..84).map(|i| ((i * 37 % 23) as f64 - 11.0) / 9.0).collect()
    }

    /// The logit of a class when the features are these.
    fn logit(executor: &PlainExecutor<f64>, features: Vec<f64>, class: usize) -> f64 {
        let (network, state) = (&executor.network, &executor.state);
        let tensor = super::features(network).unwrap();
        let mut tape = pass::forward(network, state, &image(), Mode::Evaluation);
        tape.tensors.truncate(tensor);
        tape.saved.truncate(tensor);
        tape.tensors.push(features);
        pass::go_on(network, state, &mut tape, Mode::Evaluation);
        tape.tensors[network.nodes.last().unwrap().place.input()][class]
    }

    /// Networks in which every kind of layer follows the features, and what is to be chosen in them.
    fn cases() -> [(Vec<Layer>, [usize; 3]); 3] {
        let pooled = crate::layers![
            Conv2d::new(4, 3),
            BatchNorm2d::default(),
            SiLU,
            AvgPool2d::new(2),
            BatchNorm2d::default(),
            GELU::default(),
            Dropout2d { p: 0.5 },
            Flatten,
            Linear::new(5),
            SiLU,
            Dropout { p: 0.5 },
            Linear::new(3),
            LogSoftmax
        ];
        let residual = crate::layers![
            Conv2d::new(3, 3),
            Residual {
                projection: true,
                ..Residual::new(crate::layers![
                    Conv2d { padding: Pair::square(1), ..Conv2d::new(4, 3) },
                    SiLU
                ])
            },
            // Smooth: of equal zeros one takes a maximum's whole gradient, and differences see half of it.
            SiLU,
            MaxPool2d::new(2),
            GroupNorm::new(2),
            Flatten,
            Linear::new(3),
            LogSoftmax
        ];
        let narrow = crate::layers![
            Conv2d::new(4, 3),
            SiLU,
            AdaptiveAvgPool2d::new(1),
            Conv2d::new(6, 1),
            SiLU,
            Flatten,
            Linear::new(3),
            LogSoftmax
        ];
        [(pooled, [4, 4, 5]), (residual, [4, 4, 5]), (narrow, [4, 4, 5])]
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        for (layers, shape) in cases() {
            let executor = executor(&layers);
            let found = executor.sensitivity(&image(), 1).unwrap();
            assert_eq!(found.shape, shape, "{layers:?}");
            let mut live = 0;
            for place in 0..found.features.len() {
                let moved = |by: f64| {
                    let mut features = found.features.clone();
                    features[place] += by;
                    logit(&executor, features, 1)
                };
                // Central differences of step h err by h² and by rounding over h.
                let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let got = found.gradient[place];
                assert!(
                    (got - expected).abs() <= 1e-7 * (1.0 + expected.abs()),
                    "{place}: {got} for {expected}"
                );
                live += usize::from(got != 0.0);
            }
            assert!(live > 9, "{live} gradients are not 0: {layers:?}");
        }
    }

    #[test]
    fn a_network_without_a_convolution_has_no_features() {
        let executor = executor(&[Flatten.into(), Linear::new(3).into(), LogSoftmax.into()]);
        assert_eq!(executor.sensitivity(&image(), 0), None);
    }
}
