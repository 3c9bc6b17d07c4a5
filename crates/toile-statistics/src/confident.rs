//! Confident learning: which labels are probably wrong, from what models say about images they were not trained on.
//!
//! Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", Journal of
//! Artificial Intelligence Research 70, 1373-1411; sections and equations below are that paper's.
//!
//! Given are, for every image, its label i and out-of-sample probabilities p_1 .. p_m (of a cross-validation: each image
//! under models that did not see it). A model that is sure of itself for one class and timid for another is no reason
//! to call labels wrong, so every class gets a threshold of its own:
//!
//! - t_j = mean of p_j over the images labelled j (section 3.1, equation 2);
//! - C_ij = number of images labelled i with p_j >= t_j, where j is the most probable of all classes that reach their
//!   thresholds: the confident joint (equation 1). An image that reaches none is not counted;
//! - Q_ij = C_ij / sum_j C_ij * n_i, divided by the sum of all: the joint of given and true labels, with rows that add up
//!   to the n_i images labelled i (equation 3).
//!
//! [`ConfidentJoint::prune_by_noise_rate`] takes, for each i and j != i, the n Q_ij images labelled i with the largest
//! p_j - p_i (section 3.2, method 4).

use thiserror::Error;

/// Why nothing can be said.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ConfidentError {
    /// There must be as many probabilities as images times classes.
    #[error("expected {images} x {classes} probabilities, got {got}")]
    Probabilities {
        /// Labels given.
        images: usize,
        /// Classes.
        classes: usize,
        /// Probabilities given.
        got: usize,
    },
    /// A label beyond the classes.
    #[error("image {image} is labelled {label}, but there are {classes} classes")]
    Label {
        /// The image's place.
        image: usize,
        /// Its label.
        label: u32,
        /// Classes.
        classes: usize,
    },
    /// A value that is no probability.
    #[error("image {image} has the probability {value}: expected a number from 0 to 1")]
    Probability {
        /// The image's place.
        image: usize,
        /// The value.
        value: f32,
    },
}

/// By what images are put in order, the probable errors first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranking {
    /// p_i - max_{j != i} p_j for an image labelled i, from -1 to 1 (section 3.2, "normalized margin").
    NormalizedMargin,
    /// p_i for an image labelled i (section 3.2, "self-confidence").
    SelfConfidence,
}

/// Labels and out-of-sample probabilities, counted.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfidentJoint<'a> {
    labels: &'a [u32],
    /// `[image][class]`.
    probabilities: &'a [f32],
    classes: usize,
    support: Vec<u64>,
    thresholds: Vec<Option<f64>>,
    counts: Vec<u64>,
}

impl<'a> ConfidentJoint<'a> {
    /// From labels and probabilities `[image][class]`.
    ///
    /// # Errors
    /// Another number of probabilities, a label beyond the classes, a value that is no probability.
    pub fn new(labels: &'a [u32], probabilities: &'a [f32], classes: usize) -> Result<Self, ConfidentError> {
        let (images, got) = (labels.len(), probabilities.len());
        if got != images * classes {
            return Err(ConfidentError::Probabilities { images, classes, got });
        }
        if let Some(image) = labels.iter().position(|&label| label as usize >= classes) {
            return Err(ConfidentError::Label { image, label: labels[image], classes });
        }
        if let Some(at) = probabilities.iter().position(|value| !(0.0..=1.0).contains(value)) {
            return Err(ConfidentError::Probability { image: at / classes, value: probabilities[at] });
        }
        let (mut support, mut sums) = (vec![0u64; classes], vec![0.0; classes]);
        let mut joint = ConfidentJoint {
            labels,
            probabilities,
            classes,
            support: vec![],
            thresholds: vec![],
            counts: vec![],
        };
        for (image, &label) in labels.iter().enumerate() {
            support[label as usize] += 1;
            sums[label as usize] += f64::from(joint.row(image)[label as usize]);
        }
        let mean = |(&sum, &count): (&f64, &u64)| (count > 0).then(|| sum / count as f64);
        joint.thresholds = sums.iter().zip(&support).map(mean).collect();
        joint.support = support;
        joint.counts = vec![0; classes * classes];
        for (image, &label) in labels.iter().enumerate() {
            if let Some(class) = joint.confident_class(image) {
                joint.counts[label as usize * classes + class] += 1;
            }
        }
        Ok(joint)
    }

    fn row(&self, image: usize) -> &'a [f32] {
        &self.probabilities[image * self.classes..][..self.classes]
    }

    /// The most probable of the classes that reach their thresholds, the first of equals.
    fn confident_class(&self, image: usize) -> Option<usize> {
        let row = self.row(image);
        let reaches = |class: &usize| {
            // A mean of equal numbers may round to just above them (cleanlab allows for as much).
            self.thresholds[*class].is_some_and(|threshold| f64::from(row[*class]) >= threshold - 1e-6)
        };
        first_largest((0..self.classes).filter(reaches), row)
    }

    /// t_j; `None` for a class without an image.
    pub fn thresholds(&self) -> &[Option<f64>] {
        &self.thresholds
    }

    /// The confident joint C, `[label][true class]`.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The calibrated joint Q, `[label][true class]`: it adds up to 1, each row to the share of the images that have its
    /// label. A row without a count is taken to be right.
    pub fn calibrated(&self) -> Vec<f64> {
        let images = self.labels.len().max(1) as f64;
        let mut joint = vec![0.0; self.counts.len()];
        for label in 0..self.classes {
            let range = label * self.classes..(label + 1) * self.classes;
            let (row, counted) = (&mut joint[range.clone()], &self.counts[range]);
            let sum: u64 = counted.iter().sum();
            let share = self.support[label] as f64 / images;
            match sum {
                0 => row[label] = share,
                _ => {
                    row.iter_mut().zip(counted).for_each(|(q, &count)| *q = count as f64 / sum as f64 * share)
                }
            }
        }
        joint
    }

    /// The estimated share of labels that are wrong: what of Q is off the diagonal.
    pub fn noise_rate(&self) -> f64 {
        let joint = self.calibrated();
        let cells = joint.iter().enumerate();
        cells.filter(|(at, _)| at / self.classes != at % self.classes).map(|(_, share)| share).sum()
    }

    /// How well each image's label fits, by a ranking: low where it is probably wrong.
    pub fn scores(&self, ranking: Ranking) -> Vec<f64> {
        let score = |(image, &label): (usize, &u32)| {
            let own = f64::from(self.row(image)[label as usize]);
            match ranking {
                Ranking::SelfConfidence => own,
                Ranking::NormalizedMargin => {
                    let other = self.suggested(image).map_or(0.0, |class| f64::from(self.row(image)[class]));
                    own - other
                }
            }
        };
        self.labels.iter().enumerate().map(score).collect()
    }

    /// All images, those first whose label is probably wrong; equals in their order.
    pub fn ranked(&self, ranking: Ranking) -> Vec<u32> {
        let scores = self.scores(ranking);
        let mut images: Vec<u32> = (0..self.labels.len() as u32).collect();
        images.sort_by(|&a, &b| scores[a as usize].total_cmp(&scores[b as usize]));
        images
    }

    /// The most probable class beside an image's label; `None` where there is one class alone.
    ///
    /// # Panics
    /// An index past the end.
    pub fn suggested(&self, image: usize) -> Option<usize> {
        let label = self.labels[image] as usize;
        first_largest((0..self.classes).filter(|&class| class != label), self.row(image))
    }

    /// The images whose label is called wrong, ascending: for each pair of classes the n Q_ij (rounded) with the largest
    /// margins. Those whose label is the most probable class all the same are left out, as cleanlab does, since no better
    /// class could be named for them.
    pub fn prune_by_noise_rate(&self) -> Vec<u32> {
        let images = self.labels.len() as f64;
        let joint = self.calibrated();
        let mut of_label: Vec<Vec<u32>> = vec![Vec::new(); self.classes];
        self.labels.iter().zip(0u32..).for_each(|(&label, image)| of_label[label as usize].push(image));
        let mut pruned = vec![false; self.labels.len()];
        for (label, members) in of_label.iter().enumerate() {
            for class in (0..self.classes).filter(|&class| class != label) {
                let count = (images * joint[label * self.classes + class]).round() as usize;
                if count == 0 {
                    continue;
                }
                let margin = |image: u32| {
                    let row = self.row(image as usize);
                    f64::from(row[class]) - f64::from(row[label])
                };
                let mut members = members.clone();
                members.sort_by(|&a, &b| margin(b).total_cmp(&margin(a)));
                members.iter().take(count).for_each(|&image| pruned[image as usize] = true);
            }
        }
        let is_likely = |image: u32| {
            let (row, label) = (self.row(image as usize), self.labels[image as usize] as usize);
            row.iter().all(|&other| other <= row[label])
        };
        (0..pruned.len() as u32).filter(|&image| pruned[image as usize] && !is_likely(image)).collect()
    }
}

fn first_largest(classes: impl Iterator<Item = usize>, row: &[f32]) -> Option<usize> {
    classes.reduce(|best, class| if row[class] > row[best] { class } else { best })
}
