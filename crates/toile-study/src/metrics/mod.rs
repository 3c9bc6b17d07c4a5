//! Figures read from a confusion matrix. Rows are the true class, columns the predicted one, everywhere.

mod confusion_csv;

use std::collections::BTreeSet;

use toile_store::ConfusionMatrix;

pub use confusion_csv::confusion_csv;

/// Precision, recall and F1 of every class with their means over the classes.
///
/// A class without a test image counts nowhere as 0 or 1: it is in no mean, and its figures are `None`. The precision of
/// a class that has images and that no image is called by is `None` too, and counts as 0 in the means, as
/// scikit-learn's does with `labels` those of the images.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Images in the matrix.
    pub images: u64,
    /// Share of all images whose most probable class is the true one.
    pub accuracy_top1: f64,
    /// Unweighted mean of the classes' precisions.
    pub precision_macro: f64,
    /// Unweighted mean of the classes' recalls: the balanced accuracy.
    pub recall_macro: f64,
    /// Unweighted mean of the classes' F1.
    pub f1_macro: f64,
    /// Mean of the classes' precisions, each weighted with its images. That of the recalls is the accuracy.
    pub precision_weighted: f64,
    /// Mean of the classes' F1, each weighted with its images.
    pub f1_weighted: f64,
    /// In the order of the classes.
    pub classes: Vec<ClassMetrics>,
}

impl Metrics {
    /// Classes that have an image.
    pub fn present(&self) -> usize {
        self.classes.iter().filter(|class| class.support > 0).count()
    }

    /// Whether the classes that have images have equally many: then a weighted mean is the unweighted one.
    pub fn is_balanced(&self) -> bool {
        let mut supports = self.classes.iter().map(|class| class.support).filter(|support| *support > 0);
        let first = supports.next();
        supports.all(|support| Some(support) == first)
    }
}

/// Figures of one class.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassMetrics {
    /// Images of the class.
    pub support: u64,
    /// Images the model called by this class.
    pub predicted: u64,
    /// Images of the class that the model called by it.
    pub correct: u64,
    /// correct / predicted; `None` without an image of the class.
    pub precision: Option<f64>,
    /// correct / support.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall: 2 correct / (support + predicted). `None` without an image of the class.
    pub f1: Option<f64>,
}

/// Reads the figures of a matrix; `None` unless it holds an image.
pub fn metrics(confusion: &ConfusionMatrix) -> Option<Metrics> {
    let images = confusion.images();
    if images == 0 {
        return None;
    }
    let mut predicted = vec![0u64; confusion.classes()];
    confusion.cells().for_each(|(_, class, images)| predicted[class] += images);
    let classes: Vec<ClassMetrics> = predicted
        .into_iter()
        .enumerate()
        .map(|(class, predicted)| {
            let (support, correct) = (confusion.support(class), confusion.at(class, class));
            ClassMetrics {
                support,
                predicted,
                correct,
                precision: ratio(correct, predicted).filter(|_| support > 0),
                recall: ratio(correct, support),
                f1: ratio(2 * correct, support + predicted).filter(|_| support > 0),
            }
        })
        .collect();
    let present = || classes.iter().filter(|class| class.support > 0);
    let number = present().count() as f64;
    let mean = |figure: fn(&ClassMetrics) -> Option<f64>| {
        present().map(|c| figure(c).unwrap_or(0.0)).sum::<f64>() / number
    };
    let weighted = |figure: fn(&ClassMetrics) -> Option<f64>| {
        present().map(|c| figure(c).unwrap_or(0.0) * c.support as f64).sum::<f64>() / images as f64
    };
    Some(Metrics {
        images,
        accuracy_top1: confusion.right() as f64 / images as f64,
        precision_macro: mean(|class| class.precision),
        recall_macro: mean(|class| class.recall),
        f1_macro: mean(|class| class.f1),
        precision_weighted: weighted(|class| class.precision),
        f1_weighted: weighted(|class| class.f1),
        classes,
    })
}

/// Two classes with the mistakes between them, in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfusedPair {
    /// The class whose images are more often taken for the other.
    pub first: usize,
    /// The other class.
    pub second: usize,
    /// Images of `first` called `second`; at least `second_as_first`.
    pub first_as_second: u64,
    /// Images of `second` called `first`.
    pub second_as_first: u64,
}

impl ConfusedPair {
    /// Mistakes in both directions.
    pub fn total(&self) -> u64 {
        self.first_as_second + self.second_as_first
    }
}

/// Every pair of classes with a mistake between them, most mistakes first; ties in the order of the classes.
pub fn confused_pairs(confusion: &ConfusionMatrix) -> Vec<ConfusedPair> {
    let mistakes = confusion.cells().filter(|(truth, predicted, _)| truth != predicted);
    // Each once, in the order of the classes.
    let pairs: BTreeSet<(usize, usize)> = mistakes.map(|(a, b, _)| (a.min(b), a.max(b))).collect();
    let pair = |(a, b): (usize, usize)| {
        let (first, second) = if confusion.at(b, a) > confusion.at(a, b) { (b, a) } else { (a, b) };
        ConfusedPair {
            first,
            second,
            first_as_second: confusion.at(first, second),
            second_as_first: confusion.at(second, first),
        }
    };
    let mut pairs: Vec<ConfusedPair> = pairs.into_iter().map(pair).collect();
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.total()));
    pairs
}

/// Whether every row is as long as there are rows.
pub fn is_square(confusion: &[Vec<u64>]) -> bool {
    confusion.iter().all(|row| row.len() == confusion.len())
}

/// The matrix with rows and columns exchanged.
pub fn transposed(confusion: &ConfusionMatrix) -> ConfusionMatrix {
    let mut matrix = ConfusionMatrix::new(confusion.classes());
    confusion.cells().for_each(|(truth, predicted, images)| matrix.add(predicted, truth, images));
    matrix
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: &[Vec<u64>]) -> ConfusionMatrix {
        ConfusionMatrix::from_rows(rows).expect("a square")
    }

    #[test]
    fn figures_of_a_small_matrix() {
        // Values by hand; scikit-learn's precision_recall_fscore_support gives the same.
        let found = metrics(&matrix(&[vec![3, 1, 0], vec![2, 4, 0], vec![0, 0, 0]])).unwrap();
        assert_eq!((found.images, found.present(), found.is_balanced()), (10, 2, false));
        assert_eq!(found.accuracy_top1, 0.7);
        assert_eq!(found.classes[0].precision, Some(0.6));
        assert_eq!(found.classes[0].recall, Some(0.75));
        assert_eq!(found.classes[1].f1, Some(8.0 / 11.0));
        let absent = &found.classes[2];
        assert_eq!((absent.precision, absent.recall, absent.f1), (None, None, None));
        assert!((found.recall_macro - (0.75 + 4.0 / 6.0) / 2.0).abs() < 1e-15);
        assert!((found.precision_macro - (0.6 + 0.8) / 2.0).abs() < 1e-15);
        assert!((found.f1_macro - (6.0 / 9.0 + 8.0 / 11.0) / 2.0).abs() < 1e-15);
        assert!((found.precision_weighted - (4.0 * 0.6 + 6.0 * 0.8) / 10.0).abs() < 1e-15);
        assert!((found.f1_weighted - (4.0 * 6.0 / 9.0 + 6.0 * 8.0 / 11.0) / 10.0).abs() < 1e-15);
    }

    /// A class without a test image that is predicted all the same lowers the recall of the others, and nothing else. One
    /// with images that is never predicted counts as 0.
    #[test]
    fn absent_classes_count_nowhere() {
        let found = metrics(&matrix(&[vec![2, 0, 2], vec![4, 0, 0], vec![0, 0, 0]])).unwrap();
        let absent = &found.classes[2];
        assert_eq!((absent.support, absent.predicted), (0, 2));
        assert_eq!((absent.precision, absent.recall, absent.f1), (None, None, None));
        assert_eq!(found.classes[1].precision, None);
        assert_eq!((found.recall_macro, found.precision_macro), (0.25, (2.0 / 6.0 + 0.0) / 2.0));
        assert_eq!(found.f1_macro, (0.4 + 0.0) / 2.0);
        assert!(found.is_balanced());
    }

    #[test]
    fn nothing_to_measure() {
        assert_eq!(metrics(&ConfusionMatrix::new(0)), None);
        assert_eq!(metrics(&ConfusionMatrix::new(2)), None);
    }

    #[test]
    fn pairs_join_both_directions_and_name_the_worse_first() {
        let pairs = confused_pairs(&matrix(&[vec![5, 1, 0], vec![4, 5, 2], vec![0, 2, 9]]));
        assert_eq!(pairs.len(), 2);
        assert_eq!(pairs[0], ConfusedPair { first: 1, second: 0, first_as_second: 4, second_as_first: 1 });
        assert_eq!((pairs[1].first, pairs[1].total()), (1, 4));
    }

    #[test]
    fn transposing_twice_changes_nothing() {
        let matrix = matrix(&[vec![1, 2], vec![3, 0]]);
        assert_eq!(transposed(&matrix).to_rows(), [[1, 3], [2, 0]]);
        assert_eq!(transposed(&transposed(&matrix)), matrix);
    }
}
