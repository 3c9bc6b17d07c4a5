//! What the losses of a batch are taken against: one class an image, or two that are mixed, each class with a weight.
//!
//! Formula, an image with log-probabilities logp and probabilities p of C classes, of class a, with class b mixed in
//! where a has the share t (1 where nothing is mixed in), w_c the weight of a class (1 without weights), eps the label
//! smoothing: q_c = w_c ((1 - eps) (t \[c = a\] + (1 - t) \[c = b\]) + eps / C). The image's loss is the sum over c of
//! q_c (-logp_c), and the image weighs t w_a + (1 - t) w_b. The loss of a batch is the sum of its losses over the sum
//! W of its weights; the gradient of that with respect to the logits is (Q p_c - q_c) (1 / W), Q the sum of q_c.
//!
//! Without mixing this is `torch.nn.functional.cross_entropy(weight=, label_smoothing=)`: PyTorch's weighted mean.
//! Without weights it is the same function against the soft target of shares t and 1 - t, and equals
//! t l(a) + (1 - t) l(b) as MixUp has it (Zhang et al. 2018, section 2). With both, PyTorch divides losses against soft
//! targets by the number of images; here they are divided by their weights, so that a share of 1 means what it says.
//!
//! Order: the factors of -logp_a, of -logp_b and of the smoothing's sum, all q_c, Q and 1 / W are computed in f64 and
//! rounded once; sums of weights from +0 ascending. Loss: the term of a, plus that of b, plus the smoothing's, whose sum
//! runs from +0 over c ascending. Terms of a share or of a smoothing of 0 are left out. Where one class of weight one
//! is all there is, [`reference::loss`] and [`reference::row_gradient`] are the specification.

use crate::log_softmax::reference;
use crate::real::Real;

/// Classes mixed into the images of a batch, as MixUp and CutMix do.
#[derive(Clone, Copy, Debug)]
pub struct Mixed<'a> {
    /// The class that is mixed into each image.
    pub labels: &'a [u32],
    /// What share of the target each image's own class keeps, from 0 to 1.
    pub shares: &'a [f32],
}

/// What the losses of a batch are taken against.
#[derive(Clone, Copy, Debug)]
pub struct Targets<'a> {
    /// Class of each image.
    pub labels: &'a [u32],
    /// What is mixed into the images.
    pub mixed: Option<Mixed<'a>>,
    /// Share of each target spread evenly.
    pub label_smoothing: f64,
    /// A weight a class.
    pub class_weights: Option<&'a [f32]>,
}

impl<'a> Targets<'a> {
    /// One class of weight one an image.
    pub fn plain(labels: &'a [u32], label_smoothing: f64) -> Self {
        Targets { labels, mixed: None, label_smoothing, class_weights: None }
    }

    /// # Panics
    /// Lengths that differ, a label that is no class, a share outside 0 to 1, a weight that is not above 0.
    pub fn check(&self, images: usize, classes: usize) {
        let are_classes = |labels: &[u32]| labels.iter().all(|&label| (label as usize) < classes);
        assert_eq!(self.labels.len(), images, "labels");
        assert!(are_classes(self.labels), "a label is no class");
        if let Some(Mixed { labels, shares }) = self.mixed {
            assert_eq!((labels.len(), shares.len()), (images, images), "mixed labels and shares");
            assert!(are_classes(labels), "a mixed label is no class");
            assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "a share is not from 0 to 1");
        }
        if let Some(weights) = self.class_weights {
            assert_eq!(weights.len(), classes, "class weights");
            assert!(weights.iter().all(|&w| w > 0.0 && w.is_finite()), "a class weight is not above 0");
        }
    }

    /// What the batch's losses are divided by: the sum of its images' weights, their number without class weights.
    pub fn weight_sum(&self) -> f64 {
        match self.class_weights {
            None => self.labels.len() as f64,
            Some(_) => (0..self.labels.len()).map(|image| self.of(image).weight()).sum(),
        }
    }

    /// Writes the gradient of the batch's loss with respect to the logits, rows of `classes`.
    ///
    /// # Panics
    /// Lengths that differ; what [`Self::check`] refuses.
    pub fn gradient<T: Real>(&self, classes: usize, x: &[T], dx: &mut [T]) {
        let images = self.labels.len();
        self.check(images, classes);
        assert_eq!((x.len(), dx.len()), (images * classes, images * classes), "log_softmax: lengths");
        let share = T::from_f64(1.0 / self.weight_sum());
        let rows = x.chunks_exact(classes).zip(dx.chunks_exact_mut(classes));
        for (image, (x, dx)) in rows.enumerate() {
            self.of(image).row_gradient(x, share, dx);
        }
    }

    /// The class with the larger share of an image, its own where they are equal.
    pub fn main_label(&self, image: usize) -> u32 {
        self.of(image).label_of_larger_share()
    }

    /// What one image's loss is taken against.
    pub fn of(&self, image: usize) -> Target<'a> {
        let label = self.labels[image];
        let (label, second) = match self.mixed {
            None => (label, None),
            Some(Mixed { labels, shares }) => match (labels[image], f64::from(shares[image])) {
                // A class mixed with itself is that class, and one without a share is none.
                (other, share) if other == label || share == 1.0 => (label, None),
                (other, 0.0) => (other, None),
                (other, share) => (label, Some((other, share))),
            },
        };
        Target { label, second, label_smoothing: self.label_smoothing, class_weights: self.class_weights }
    }
}

/// What one image's loss is taken against.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    label: u32,
    /// Another class, and the share of the first, which is neither 0 nor 1.
    second: Option<(u32, f64)>,
    label_smoothing: f64,
    class_weights: Option<&'a [f32]>,
}

impl Target<'_> {
    /// The class, where it is the only one and weighs one.
    pub(super) fn plain(&self) -> Option<u32> {
        (self.second.is_none() && self.class_weights.is_none()).then_some(self.label)
    }

    fn label_of_larger_share(&self) -> u32 {
        match self.second {
            Some((other, share)) if share < 0.5 => other,
            _ => self.label,
        }
    }

    #[inline(always)]
    fn weight_of(&self, class: usize) -> f64 {
        self.class_weights.map_or(1.0, |weights| f64::from(weights[class]))
    }

    /// The classes with their shares times their weights.
    #[inline(always)]
    fn weighted(&self) -> [(usize, f64); 2] {
        let label = self.label as usize;
        match self.second {
            None => [(label, self.weight_of(label)), (label, 0.0)],
            Some((other, share)) => {
                let other = other as usize;
                [(label, share * self.weight_of(label)), (other, (1.0 - share) * self.weight_of(other))]
            }
        }
    }

    #[inline(always)]
    fn weight(&self) -> f64 {
        let [(_, own), (_, other)] = self.weighted();
        own + other
    }

    /// The loss of the image from its log-probabilities.
    #[inline(always)]
    pub fn loss<T: Real>(&self, log_probabilities: &[T]) -> T {
        if let Some(label) = self.plain() {
            return reference::loss(self.label_smoothing, log_probabilities, label as usize);
        }
        let kept = 1.0 - self.label_smoothing;
        let [(label, own), (other, others)] = self.weighted();
        let mut loss = T::from_f64(kept * own) * -log_probabilities[label];
        if self.second.is_some() {
            loss = loss + T::from_f64(kept * others) * -log_probabilities[other];
        }
        if self.label_smoothing != 0.0 {
            let mut sum = T::ZERO;
            for (class, &logp) in log_probabilities.iter().enumerate() {
                sum = sum + T::from_f64(self.weight_of(class)) * -logp;
            }
            loss = loss + T::from_f64(self.label_smoothing / log_probabilities.len() as f64) * sum;
        }
        loss
    }

    /// Writes the gradient of the batch's loss with respect to the image's logits; `share` is 1 / W.
    #[inline(always)]
    pub fn row_gradient<T: Real>(&self, x: &[T], share: T, dx: &mut [T]) {
        if let Some(label) = self.plain() {
            return reference::row_gradient(self.label_smoothing, x, label as usize, share, dx);
        }
        let kept = 1.0 - self.label_smoothing;
        let spread = self.label_smoothing / x.len() as f64;
        let all = match self.label_smoothing {
            0.0 => 0.0,
            _ => (0..x.len()).fold(0.0, |sum, class| sum + self.weight_of(class)),
        };
        let mass = T::from_f64(kept * self.weight() + spread * all);
        let (m, s) = reference::max_and_sum(x);
        let gradient =
            |class: usize, target: f64| (mass * ((x[class] - m).exp() / s) - T::from_f64(target)) * share;
        for (class, dx) in dx.iter_mut().enumerate() {
            *dx = gradient(class, spread * self.weight_of(class));
        }
        let [own, other] = self.weighted();
        for (class, weight) in [own, other].into_iter().take(1 + usize::from(self.second.is_some())) {
            dx[class] = gradient(class, kept * weight + spread * self.weight_of(class));
        }
    }
}
