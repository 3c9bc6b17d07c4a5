//! What a network, or several together, make of labelled images.

use toile_nn::largest::first_largest;
use toile_study::score::{Answers, Score};

/// How well a model does on labelled images.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Share of the images whose most probable class is the true one, 0 to 1.
    pub accuracy: f64,
    /// Mean negative log likelihood, in nats.
    pub loss: f64,
    /// Images of each true class (rows) that were taken for each class (columns).
    pub confusion: Vec<Vec<u64>>,
}

/// One run's predictions for labelled images: what verdicts are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// Seed of the run that trained the network; of several that answer together, that of the first.
    pub seed: u64,
    /// Names of the classes, in the order of the outputs.
    pub class_names: Vec<String>,
    /// The true class of each image.
    pub labels: Vec<u32>,
    /// Log-probabilities, `[image][class]`.
    pub log_probabilities: Vec<f32>,
}

impl Predictions {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image at all.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The log-probabilities of an image, one a class.
    ///
    /// # Panics
    /// An index past the end.
    pub fn row(&self, image: usize) -> &[f32] {
        let classes = self.class_names.len();
        &self.log_probabilities[image * classes..][..classes]
    }

    /// The most probable class of each image, the first of equals.
    pub fn classes(&self) -> Vec<u32> {
        (0..self.len()).map(|image| first_largest(self.row(image)) as u32).collect()
    }

    /// Share of the images whose most probable class is the true one, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        self.answers().score().accuracy
    }

    /// Mean negative log likelihood, in nats.
    pub fn nll(&self) -> f64 {
        self.answers().score().loss
    }

    /// Images of each true class (rows) that were taken for each class (columns).
    pub fn confusion(&self) -> Vec<Vec<u64>> {
        self.answers().confusion().to_rows()
    }

    /// All three.
    pub fn evaluation(&self) -> Evaluation {
        let Score { loss, accuracy } = self.answers().score();
        Evaluation { accuracy, loss, confusion: self.confusion() }
    }

    fn answers(&self) -> Answers<'_, impl Iterator<Item = u32> + '_> {
        Answers {
            labels: self.labels.iter().copied(),
            classes: self.class_names.len(),
            log_probabilities: &self.log_probabilities,
        }
    }
}
