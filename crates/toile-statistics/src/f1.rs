//! Macro F1 of runs, with every image left out in turn.

use crate::sample::{Sample, SampleError};

/// What F1 is made of, by class.
struct Terms {
    right: Vec<u64>,
    support: Vec<u64>,
    /// Support and predicted together.
    named: Vec<u64>,
    /// Classes that have an image.
    present: usize,
}

impl Terms {
    fn new(classes: usize, images: impl Iterator<Item = (usize, usize)>) -> Terms {
        let none = || vec![0; classes];
        let mut terms = Terms { right: none(), support: none(), named: none(), present: 0 };
        for (label, prediction) in images {
            terms.right[label] += u64::from(label == prediction);
            terms.support[label] += 1;
            terms.named[label] += 1;
            terms.named[prediction] += 1;
        }
        terms.present = terms.support.iter().filter(|&&support| support > 0).count();
        terms
    }

    /// 2 right / (support + predicted) of a class that has images; one that has none counts nowhere.
    fn f1(&self, class: usize) -> f64 {
        if self.support[class] == 0 { 0.0 } else { ratio(2 * self.right[class], self.named[class]) }
    }

    fn sum(&self) -> f64 {
        (0..self.right.len()).map(|class| self.f1(class)).sum()
    }

    /// Macro F1: the unweighted mean over the classes that have images.
    fn f1_macro(&self) -> f64 {
        self.sum() / self.present as f64
    }

    /// Macro F1 without one image of this class that was called so; `all` is [`Self::sum`].
    ///
    /// An image takes part in two classes' F1 only (in one, if it was right). A class whose only image it is goes with
    /// it.
    fn without(&self, all: f64, label: usize, prediction: usize) -> f64 {
        let last = self.support[label] == 1;
        let present = self.present - usize::from(last);
        let change = match (last, label == prediction) {
            (true, true) => -self.f1(label),
            (false, true) => ratio(2 * (self.right[label] - 1), self.named[label] - 2) - self.f1(label),
            (_, false) => [label, prediction]
                .into_iter()
                .map(|class| {
                    let counts = self.support[class] > 0 && !(last && class == label);
                    let now = if counts { ratio(2 * self.right[class], self.named[class] - 1) } else { 0.0 };
                    now - self.f1(class)
                })
                .sum(),
        };
        (all + change) / present as f64
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Sample {
    /// Macro F1, the unweighted mean of the F1 of the classes that have images, by the jackknife.
    /// `predictions[seed][image]` and `labels[image]` are class indices.
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
            let images = || labels.iter().copied().zip(row.iter().copied());
            for (image, (label, prediction)) in images().enumerate() {
                let class = label.max(prediction);
                if class >= classes {
                    return Err(SampleError::Class { seed, image, class, classes });
                }
            }
            let terms = Terms::new(classes, images());
            let all = terms.sum();
            per_seed.push(terms.f1_macro());
            without.push(images().map(|(l, p)| terms.without(all, l, p)).collect::<Vec<f64>>());
        }
        if predictions.len() != seeds.len() {
            return Err(SampleError::Rows { seeds: seeds.len(), rows: predictions.len() });
        }
        Sample::of_jackknife(seeds, &per_seed, &without)
    }
}
