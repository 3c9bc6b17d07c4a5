//! What log-probabilities of labelled images come to, whoever made them and whatever data they are of: the figures that a
//! run's evaluation has, with intervals.

mod matching;

pub use matching::{ClassCount, Matching, matching};

use serde::Serialize;
use toile_nn::largest::first_largest;
use toile_statistics::{contrast, wilson};
use toile_store::ConfusionMatrix;

use crate::evidence::outcomes::RunOutcomes;
use crate::evidence::samples::sample;
use crate::evidence::{Interval, Metric};
use crate::images::Images;
use crate::metrics::{ClassMetrics, Metrics, metrics};
use crate::run::evaluate;

/// The level of the intervals.
pub const ALPHA: f64 = 0.05;

/// Figures of a network, or of several that answered together, on some images. The intervals are for these networks and
/// other images of the kind; what other seeds would change is not in them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Images that were measured.
    pub images: usize,
    /// Share of the images whose most probable class is the true one.
    pub accuracy_top1: f64,
    /// Share of the images whose class is among the five most probable ones; with more than ten classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_top5: Option<f64>,
    /// Unweighted mean of the classes' precisions, over the classes that have images; see [`Metrics`].
    pub precision_macro: f64,
    /// Likewise of their recalls.
    pub recall_macro: f64,
    /// Likewise of their F1.
    pub f1_macro: f64,
    /// Mean of the classes' precisions, each weighted with its images.
    pub precision_weighted: f64,
    /// Mean of the classes' F1, each weighted with its images.
    pub f1_weighted: f64,
    /// Mean negative log likelihood, in nats.
    pub nll: f64,
    /// Expected calibration error, 15 bins of equal width.
    pub ece: f64,
    /// Of the figures above, at 95 %: Wilson's of the accuracy, Student's over the images of the others.
    pub intervals: Intervals,
    /// In the order of the network's classes.
    pub classes: Vec<ClassFigures>,
    /// Images of each true class (rows) that were taken for each class (columns).
    pub confusion: ConfusionMatrix,
}

/// Intervals; `None` with fewer than two images.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Intervals {
    /// Of the accuracy.
    pub accuracy_top1: Option<Interval>,
    /// Of the macro F1.
    pub f1_macro: Option<Interval>,
    /// Of the negative log likelihood.
    pub nll: Option<Interval>,
    /// Of the calibration error.
    pub ece: Option<Interval>,
}

/// Figures of a class; absent ones where it has no image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassFigures {
    /// Its name.
    pub class: String,
    /// Images of it.
    pub support: u64,
    /// Images that were taken for it.
    pub predicted: u64,
    /// Images of it that were taken for it.
    pub correct: u64,
    /// correct / predicted.
    pub precision: Option<f64>,
    /// correct / support.
    pub recall: Option<f64>,
    /// Wilson's interval of the recall, at 95 %.
    pub recall_interval: Option<Interval>,
    /// 2 correct / (support + predicted).
    pub f1: Option<f64>,
}

/// The figures of these images, whose log-probabilities are `[image][class]`; `None` without an image.
pub fn measured(images: Images<'_>, log_probabilities: &[f32]) -> Option<Measured> {
    let class_names = &images.dataset.class_names;
    let score = evaluate::score(images, log_probabilities);
    let confusion = evaluate::confusion(images, log_probabilities);
    let Metrics {
        accuracy_top1,
        precision_macro,
        recall_macro,
        f1_macro,
        precision_weighted,
        f1_weighted,
        classes,
        ..
    } = metrics(&confusion)?;
    let (labels, run) = outcomes(images, log_probabilities, 0);
    let confidence: Vec<f64> = run.confidence.iter().map(|&p| f64::from(p)).collect();
    let interval = |metric| interval(metric, &run, &labels, class_names.len());
    Some(Measured {
        images: labels.len(),
        accuracy_top1,
        accuracy_top5: evaluate::accuracy_top5(images, log_probabilities),
        precision_macro,
        recall_macro,
        f1_macro,
        precision_weighted,
        f1_weighted,
        nll: score.loss,
        ece: toile_statistics::calibration::ece(&confidence, &run.correct(&labels)),
        intervals: Intervals {
            accuracy_top1: share(confusion.right(), confusion.images()),
            f1_macro: interval(Metric::F1Macro),
            nll: interval(Metric::Nll),
            ece: interval(Metric::Ece),
        },
        classes: class_names.iter().zip(classes).map(|(name, of)| figures(name, of)).collect(),
        confusion,
    })
}

/// `predictions.csv` of these images, as a run writes it; an image's index is its place in the data set.
pub fn predictions_csv(images: Images<'_>, log_probabilities: &[f32]) -> String {
    evaluate::predictions_csv(images, log_probabilities)
}

fn figures(name: &str, of: ClassMetrics) -> ClassFigures {
    let ClassMetrics { support, predicted, correct, precision, recall, f1 } = of;
    let recall_interval = share(correct, support);
    ClassFigures {
        class: name.to_owned(),
        support,
        predicted,
        correct,
        precision,
        recall,
        recall_interval,
        f1,
    }
}

/// The labels, and the images as evidence takes them, of a network that counts as of this seed.
pub fn outcomes(images: Images<'_>, log_probabilities: &[f32], seed: u64) -> (Vec<u32>, RunOutcomes) {
    let Images { dataset, indices, .. } = images;
    let mut run = RunOutcomes { seed, predictions: vec![], confidence: vec![], nll: vec![], folds: vec![] };
    let labels: Vec<u32> = indices.iter().map(|&index| dataset.labels[index as usize]).collect();
    for (row, &label) in log_probabilities.chunks_exact(dataset.class_names.len()).zip(&labels) {
        let class = first_largest(row);
        run.predictions.push(class as u32);
        run.confidence.push(toile_store::exponential::probability(row[class]));
        run.nll.push(-f64::from(row[label as usize]));
    }
    (labels, run)
}

/// Over the images, for this network.
fn interval(metric: Metric, run: &RunOutcomes, labels: &[u32], classes: usize) -> Option<Interval> {
    let sample = sample(metric, std::slice::from_ref(run), labels, classes).ok()?;
    let estimate = contrast(&[(1.0, &sample)]).ok()?;
    let found = of_statistics(estimate.interval(ALPHA)).within(metric.range());
    (found.low.is_finite() && found.high.is_finite()).then_some(found)
}

fn share(part: u64, whole: u64) -> Option<Interval> {
    wilson(part, whole, ALPHA).map(of_statistics)
}

fn of_statistics(toile_statistics::Interval { low, high }: toile_statistics::Interval) -> Interval {
    Interval { low, high, confidence: 1.0 - ALPHA }
}

#[cfg(test)]
mod tests {
    use toile_data::Dataset;
    use toile_pixels::Normalizer;

    use super::*;

    #[test]
    fn figures_are_those_of_the_images_meant() {
        let names = ["a", "b", "c"].map(str::to_owned).to_vec();
        let dataset = Dataset::new([1, 1, 1], vec![0; 5], vec![0, 1, 1, 0, 1], names);
        let normalizer = Normalizer::new(&[0.0], &[1.0]).unwrap();
        // The third image is not meant; the last is wrong.
        let images = Images { dataset: &dataset, indices: &[0, 1, 3, 4], normalizer: &normalizer };
        let row = |p: [f32; 3]| p.map(f32::ln);
        let rows =
            [row([0.5, 0.25, 0.25]), row([0.1, 0.8, 0.1]), row([0.9, 0.05, 0.05]), row([0.6, 0.3, 0.1])];
        let found = measured(images, rows.as_flattened()).unwrap();
        assert_eq!((found.images, found.accuracy_top1, found.accuracy_top5), (4, 0.75, None));
        let nll = -(0.5f64.ln() + 0.8f64.ln() + 0.9f64.ln() + 0.3f64.ln()) / 4.0;
        assert!((found.nll - nll).abs() < 1e-7, "{} {nll}", found.nll);
        // Bins of a fifteenth: 0.5, 0.8, 0.9 are right by themselves, 0.6 is wrong.
        assert!((found.ece - (0.5 + 0.2 + 0.1 + 0.6) / 4.0).abs() < 1e-6, "{}", found.ece);
        assert_eq!(found.confusion.to_rows(), [[2, 0, 0], [1, 1, 0], [0, 0, 0]]);
        assert_eq!((found.recall_macro, found.classes[2].recall), (0.75, None));
        let interval = found.intervals.accuracy_top1.unwrap();
        // Wilson's for 3 of 4, as statsmodels' proportion_confint(3, 4, method="wilson") has it.
        assert!(
            (interval.low - 0.300_642).abs() < 1e-5 && (interval.high - 0.954_413).abs() < 1e-5,
            "{interval:?}"
        );
        for (interval, value) in [(found.intervals.nll, found.nll), (found.intervals.ece, found.ece)] {
            let interval = interval.unwrap();
            assert!(interval.low < value && value < interval.high, "{interval:?} {value}");
        }
        assert_eq!(measured(Images { indices: &[], ..images }, &[]), None);
    }
}
