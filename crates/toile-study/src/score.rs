//! How well classes were told, from log-probabilities: the one place for studies and for the library.

use toile_nn::largest::first_largest;
use toile_store::ConfusionMatrix;

/// Mean loss and share of hits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Mean negative log likelihood, in nats.
    pub loss: f64,
    /// Share of the images whose most probable class is the true one, 0 to 1.
    pub accuracy: f64,
}

/// Log-probabilities of images whose classes are known. Of equally probable classes the first counts. A row with NaN in
/// front has no most probable one: its first class is taken, and its loss, which is NaN too, tells.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a, L> {
    /// The true class of each image.
    pub labels: L,
    /// Classes that there are.
    pub classes: usize,
    /// `[image][class]`.
    pub log_probabilities: &'a [f32],
}

impl<'a, L: IntoIterator<Item = u32>> Answers<'a, L> {
    /// True classes and log-probabilities, image by image.
    fn rows(self) -> impl Iterator<Item = (u32, &'a [f32])> {
        // Nothing can be said of no classes at all.
        self.labels.into_iter().zip(self.log_probabilities.chunks_exact(self.classes.max(1)))
    }

    /// Their score, added up image by image in f64; of no image NaN.
    pub fn score(self) -> Score {
        let (mut loss, mut correct, mut count) = (0.0f64, 0usize, 0usize);
        for (label, row) in self.rows() {
            loss -= f64::from(row[label as usize]);
            correct += usize::from(first_largest(row) == label as usize);
            count += 1;
        }
        Score { loss: loss / count as f64, accuracy: correct as f64 / count as f64 }
    }

    /// Images by their true class (rows) and the most probable one (columns).
    pub fn confusion(self) -> ConfusionMatrix {
        let classes = self.classes;
        ConfusionMatrix::of(classes, self.rows().map(|(label, row)| (label, first_largest(row) as u32)))
    }
}
