//! Macro F1 of runs, with every image left out in turn.

use crate::sample::{Sample, SampleError};

/// Macro F1 from a confusion matrix of `classes` rows (true) and columns (predicted): the unweighted mean of
/// the classes' F1 = 2 right / (support + predicted), which is 0 where a class has neither.
pub fn f1_macro(confusion: &[u64], classes: usize) -> f64 {
    let terms = Terms::new(confusion, classes);
    (0..classes).map(|class| terms.f1(class)).sum::<f64>() / classes as f64
}

/// What F1 is made of, by class.
struct Terms {
    right: Vec<u64>,
    /// Support and predicted together.
    named: Vec<u64>,
}

impl Terms {
    fn new(confusion: &[u64], classes: usize) -> Terms {
        assert_eq!(confusion.len(), classes * classes, "a square matrix");
        let cell = |label: usize, prediction: usize| confusion[label * classes + prediction];
        Terms {
            right: (0..classes).map(|class| cell(class, class)).collect(),
            named: (0..classes)
                .map(|class| (0..classes).map(|other| cell(class, other) + cell(other, class)).sum())
                .collect(),
        }
    }

    fn f1(&self, class: usize) -> f64 {
        ratio(2 * self.right[class], self.named[class])
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Macro F1 without one image of each cell of the matrix; what an empty cell holds means nothing.
///
/// An image takes part in two classes' F1 only (in one, if it was right), so each cell costs a constant
/// number of operations, and all images of a cell share the result.
fn f1_macro_without(confusion: &[u64], classes: usize) -> Vec<f64> {
    let terms = Terms::new(confusion, classes);
    let all: f64 = (0..classes).map(|class| terms.f1(class)).sum();
    let mut without = Vec::with_capacity(confusion.len());
    for label in 0..classes {
        for prediction in 0..classes {
            if confusion[label * classes + prediction] == 0 {
                without.push(f64::NAN);
                continue;
            }
            let change = if label == prediction {
                ratio(2 * (terms.right[label] - 1), terms.named[label] - 2) - terms.f1(label)
            } else {
                [label, prediction]
                    .into_iter()
                    .map(|class| ratio(2 * terms.right[class], terms.named[class] - 1) - terms.f1(class))
                    .sum()
            };
            without.push((all + change) / classes as f64);
        }
    }
    without
}

impl Sample {
    /// Macro F1 (`f1_macro`) by the jackknife. `predictions[seed][image]` and `labels[image]` are class
    /// indices.
    pub fn of_f1_macro(
        seeds: &[u64],
        classes: usize,
        labels: &[usize],
        predictions: &[Vec<usize>],
    ) -> Result<Sample, SampleError> {
        let (mut per_seed, mut without) = (Vec::new(), Vec::new());
        for (&seed, row) in seeds.iter().zip(predictions) {
            if row.len() != labels.len() {
                return Err(SampleError::Images { seed, expected: labels.len(), got: row.len() });
            }
            let mut confusion = vec![0; classes * classes];
            for (image, (&label, &prediction)) in labels.iter().zip(row).enumerate() {
                let class = label.max(prediction);
                if class >= classes {
                    return Err(SampleError::Class { seed, image, class, classes });
                }
                confusion[label * classes + prediction] += 1;
            }
            let cells = f1_macro_without(&confusion, classes);
            per_seed.push(f1_macro(&confusion, classes));
            let cell_of = |(&label, &prediction): (&usize, &usize)| cells[label * classes + prediction];
            without.push(labels.iter().zip(row).map(cell_of).collect::<Vec<f64>>());
        }
        if predictions.len() != seeds.len() {
            return Err(SampleError::Rows { seeds: seeds.len(), rows: predictions.len() });
        }
        Sample::of_jackknife(seeds, &per_seed, &without)
    }
}
