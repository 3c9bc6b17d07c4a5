//! What a network makes of labelled images.

/// One run's predictions for labelled images: what verdicts are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// Seed of the run that trained the network.
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
        let right = self.classes().iter().zip(&self.labels).filter(|(class, label)| class == label).count();
        right as f64 / self.len() as f64
    }

    /// Mean negative log likelihood, in nats.
    pub fn nll(&self) -> f64 {
        let losses =
            self.labels.iter().enumerate().map(|(image, &label)| -f64::from(self.row(image)[label as usize]));
        losses.sum::<f64>() / self.len() as f64
    }

    /// Images of each true class (rows) that were taken for each class (columns).
    pub fn confusion(&self) -> Vec<Vec<u64>> {
        let classes = self.class_names.len();
        let mut matrix = vec![vec![0; classes]; classes];
        for (class, &label) in self.classes().into_iter().zip(&self.labels) {
            matrix[label as usize][class as usize] += 1;
        }
        matrix
    }
}

pub(crate) fn first_largest(row: &[f32]) -> usize {
    (1..row.len()).fold(0, |best, class| if row[class] > row[best] { class } else { best })
}
