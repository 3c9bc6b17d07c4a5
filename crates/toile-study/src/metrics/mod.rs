//! Figures read from a confusion matrix. Rows are the true class, columns the predicted one, everywhere.

mod confusion_csv;

pub use confusion_csv::confusion_csv;

/// Precision, recall and F1 of every class with their means over the classes.
///
/// A figure whose denominator is zero (precision of a class never predicted, recall of a class without an
/// image) is `None`, and counts as 0 in the means, as scikit-learn's does.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Images in the matrix.
    pub images: u64,
    /// Share of all images whose most probable class is the true one.
    pub accuracy_top1: f64,
    /// Unweighted mean of the classes' precisions.
    pub precision_macro: f64,
    /// Unweighted mean of the classes' recalls.
    pub recall_macro: f64,
    /// Unweighted mean of the classes' F1.
    pub f1_macro: f64,
    /// In the order of the classes.
    pub classes: Vec<ClassMetrics>,
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
    /// correct / predicted.
    pub precision: Option<f64>,
    /// correct / support.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall: 2 correct / (support + predicted).
    pub f1: Option<f64>,
}

/// Reads the figures of a matrix; `None` unless it is square and holds an image.
pub fn metrics(confusion: &[Vec<u64>]) -> Option<Metrics> {
    if !is_square(confusion) {
        return None;
    }
    let images: u64 = confusion.iter().flatten().sum();
    if images == 0 {
        return None;
    }
    let classes: Vec<ClassMetrics> = (0..confusion.len())
        .map(|class| {
            let support = confusion[class].iter().sum();
            let predicted = confusion.iter().map(|row| row[class]).sum();
            let correct = confusion[class][class];
            ClassMetrics {
                support,
                predicted,
                correct,
                precision: ratio(correct, predicted),
                recall: ratio(correct, support),
                f1: ratio(2 * correct, support + predicted),
            }
        })
        .collect();
    let mean = |figure: fn(&ClassMetrics) -> Option<f64>| {
        classes.iter().map(|class| figure(class).unwrap_or(0.0)).sum::<f64>() / classes.len() as f64
    };
    Some(Metrics {
        images,
        accuracy_top1: classes.iter().map(|class| class.correct).sum::<u64>() as f64 / images as f64,
        precision_macro: mean(|class| class.precision),
        recall_macro: mean(|class| class.recall),
        f1_macro: mean(|class| class.f1),
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
/// Empty for a matrix that is not square.
pub fn confused_pairs(confusion: &[Vec<u64>]) -> Vec<ConfusedPair> {
    if !is_square(confusion) {
        return Vec::new();
    }
    let mut pairs = Vec::new();
    for a in 0..confusion.len() {
        for b in a + 1..confusion.len() {
            let (first, second) = if confusion[b][a] > confusion[a][b] { (b, a) } else { (a, b) };
            let pair = ConfusedPair {
                first,
                second,
                first_as_second: confusion[first][second],
                second_as_first: confusion[second][first],
            };
            if pair.total() > 0 {
                pairs.push(pair);
            }
        }
    }
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.total()));
    pairs
}

/// Whether every row is as long as there are rows.
pub fn is_square(confusion: &[Vec<u64>]) -> bool {
    confusion.iter().all(|row| row.len() == confusion.len())
}

/// The matrix with rows and columns exchanged.
pub fn transposed(confusion: &[Vec<u64>]) -> Vec<Vec<u64>> {
    let columns = confusion.first().map_or(0, Vec::len);
    (0..columns)
        .map(|column| confusion.iter().map(|row| row.get(column).copied().unwrap_or(0)).collect())
        .collect()
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_small_matrix() {
        // Values by hand; scikit-learn's precision_recall_fscore_support gives the same.
        let found = metrics(&[vec![3, 1, 0], vec![2, 4, 0], vec![0, 0, 0]]).unwrap();
        assert_eq!(found.images, 10);
        assert_eq!(found.accuracy_top1, 0.7);
        assert_eq!(found.classes[0].precision, Some(0.6));
        assert_eq!(found.classes[0].recall, Some(0.75));
        assert_eq!(found.classes[1].f1, Some(8.0 / 11.0));
        assert_eq!((found.classes[2].precision, found.classes[2].recall), (None, None));
        assert!((found.recall_macro - (0.75 + 4.0 / 6.0) / 3.0).abs() < 1e-15);
        assert!((found.precision_macro - (0.6 + 0.8) / 3.0).abs() < 1e-15);
    }

    #[test]
    fn nothing_to_measure() {
        assert_eq!(metrics(&[]), None);
        assert_eq!(metrics(&[vec![0, 0], vec![0, 0]]), None);
        assert_eq!(metrics(&[vec![1, 0]]), None, "not square");
    }

    #[test]
    fn pairs_join_both_directions_and_name_the_worse_first() {
        let pairs = confused_pairs(&[vec![5, 1, 0], vec![4, 5, 2], vec![0, 2, 9]]);
        assert_eq!(pairs.len(), 2);
        assert_eq!(pairs[0], ConfusedPair { first: 1, second: 0, first_as_second: 4, second_as_first: 1 });
        assert_eq!((pairs[1].first, pairs[1].total()), (1, 4));
    }

    #[test]
    fn transposing_twice_changes_nothing() {
        let matrix = vec![vec![1, 2], vec![3, 4]];
        assert_eq!(transposed(&matrix), [[1, 3], [2, 4]]);
        assert_eq!(transposed(&transposed(&matrix)), matrix);
    }
}
