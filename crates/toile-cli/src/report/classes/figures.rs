//! Precision, recall and F1 of a class with their intervals.
//!
//! One run: Wilson's interval for recall and precision, which are shares of images, and for F1 the jackknife over the
//! images; they hold for this network and other images. Several runs: the two-way estimator over seeds and images,
//! on the images of the class for its recall, by jackknife over all images for precision and F1. Repeats of a
//! cross-validation: the same two ways, over folds.

use toile_draw::mean_matrix::matrices;
use toile_statistics::{OverSeeds, Sample, contrast, mean, wilson};
use toile_study::evidence::outcomes::{self, Outcomes, RunOutcomes};
use toile_study::metrics::{ClassMetrics, Metrics, metrics};
use toile_study::results::ModelResults;

use super::super::figures::ALPHA;

/// A figure from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Share {
    /// Mean over the runs in which it is a share of something; `None` without one.
    pub(crate) value: Option<f64>,
    /// How many runs those are.
    pub(crate) seeds: usize,
    /// The lowest and the highest of them; `None` without one.
    pub(crate) range: Option<(f64, f64)>,
    /// Only where it is a share of something in every run.
    pub(crate) interval: Option<(f64, f64)>,
}

/// What is shown of one class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Class {
    pub(crate) precision: Share,
    pub(crate) recall: Share,
    pub(crate) f1: Share,
    pub(crate) support: u64,
}

/// Figures of a model; `None` without a tested run.
pub(crate) struct OfModel {
    pub(crate) runs: usize,
    pub(crate) classes: Vec<Class>,
    /// Precision, recall and F1, means over the classes and runs.
    pub(crate) macros: [f64; 3],
    /// The same, each class weighted with its images; none where all have equally many.
    pub(crate) weighted: Option<[f64; 3]>,
    pub(crate) images: u64,
}

pub(crate) fn of_model(model: &ModelResults, outcomes: &Outcomes, classes: usize) -> Option<OfModel> {
    let measured: Vec<Metrics> =
        matrices(model, classes).iter().filter_map(|(_, matrix)| metrics(matrix)).collect();
    let first = measured.first()?;
    let known = outcomes.model(&model.name).filter(|known| known.runs.len() == measured.len());
    let runs = known.map_or(&[][..], |known| &known.runs[..]);
    let class = |index: usize| {
        let of: Vec<&ClassMetrics> = measured.iter().map(|metrics| &metrics.classes[index]).collect();
        let counts = Counts { class: index as u32, labels: &outcomes.labels, runs };
        one_class(&of, &counts)
    };
    let over_runs = |figure: fn(&Metrics) -> f64| mean(measured.iter().map(figure));
    Some(OfModel {
        runs: measured.len(),
        classes: (0..classes).map(class).collect(),
        macros: [over_runs(|m| m.precision_macro), over_runs(|m| m.recall_macro), over_runs(|m| m.f1_macro)],
        weighted: (!first.is_balanced()).then(|| {
            [
                over_runs(|m| m.precision_weighted),
                over_runs(|m| m.accuracy_top1),
                over_runs(|m| m.f1_weighted),
            ]
        }),
        images: first.images,
    })
}

fn one_class(of: &[&ClassMetrics], counts: &Counts) -> Class {
    let share = |figure: fn(&ClassMetrics) -> Option<f64>, interval: Option<(f64, f64)>| {
        let values: Vec<f64> = of.iter().filter_map(|class| figure(class)).collect();
        let over = OverSeeds::of(&values);
        Share {
            value: over.map(|over| over.mean),
            seeds: values.len(),
            range: over.map(|over| (over.low, over.high)),
            interval: interval.filter(|_| values.len() == of.len()),
        }
    };
    let single = (of.len() == 1).then(|| of[0]);
    let wilson = |part: u64, whole: u64| wilson(part, whole, ALPHA).map(|i| (i.low, i.high));
    // One repeat of a cross-validation is several networks.
    let single = single.filter(|_| counts.runs.iter().all(|run| run.folds.is_empty()));
    let (precision, recall) = match single {
        Some(class) => (wilson(class.correct, class.predicted), wilson(class.correct, class.support)),
        None => (counts.jackknife(precision), counts.recall()),
    };
    Class {
        precision: share(|class| class.precision, precision),
        recall: share(|class| class.recall, recall),
        f1: share(|class| class.f1, counts.jackknife(f1)),
        support: of[0].support,
    }
}

fn precision(right: f64, _support: f64, predicted: f64) -> f64 {
    right / predicted
}

fn f1(right: f64, support: f64, predicted: f64) -> f64 {
    2.0 * right / (support + predicted)
}

/// One class under every run.
struct Counts<'a> {
    class: u32,
    labels: &'a [u32],
    runs: &'a [RunOutcomes],
}

impl Counts<'_> {
    fn seeds(&self) -> Vec<u64> {
        self.runs.iter().map(|run| run.seed).collect()
    }

    /// Over the images of the class.
    fn recall(&self) -> Option<(f64, f64)> {
        let of_class = |run: &RunOutcomes| -> Vec<bool> {
            let images = self.labels.iter().zip(&run.predictions).filter(|(label, _)| **label == self.class);
            images.map(|(label, prediction)| label == prediction).collect()
        };
        let correct: Vec<Vec<bool>> = self.runs.iter().map(of_class).collect();
        let folds: Vec<Vec<u32>> = self.runs.iter().map(|run| self.folds_of_class(run)).collect();
        self.interval(Sample::of_correctness(&self.seeds(), &correct).ok()?, &folds)
    }

    /// Of a figure of (right, support, predicted), from its value without each image.
    fn jackknife(&self, figure: fn(f64, f64, f64) -> f64) -> Option<(f64, f64)> {
        let (mut values, mut without) = (Vec::new(), Vec::new());
        for run in self.runs {
            let images = || {
                let both = self.labels.iter().zip(&run.predictions);
                both.map(|(label, prediction)| (*label == self.class, *prediction == self.class))
            };
            let number = |what: fn(&(bool, bool)) -> bool| images().filter(what).count() as f64;
            let (right, support, predicted) = (number(|i| i.0 && i.1), number(|i| i.0), number(|i| i.1));
            let one = |yes: bool| f64::from(u8::from(yes));
            let left_out = |(label, called): (bool, bool)| {
                figure(right - one(label && called), support - one(label), predicted - one(called))
            };
            values.push(figure(right, support, predicted));
            without.push(images().map(left_out).collect::<Vec<f64>>());
        }
        let folds: Vec<Vec<u32>> = self.runs.iter().map(|run| run.folds.clone()).collect();
        self.interval(Sample::of_jackknife(&self.seeds(), &values, &without).ok()?, &folds)
    }

    /// The folds of the images of the class; none without a cross-validation.
    fn folds_of_class(&self, run: &RunOutcomes) -> Vec<u32> {
        let images = self.labels.iter().zip(&run.folds).filter(|(label, _)| **label == self.class);
        images.map(|(_, fold)| *fold).collect()
    }

    /// Cut off at 0 and 1, which no share passes. Folds count where the runs are repeats of a cross-validation.
    fn interval(&self, sample: Sample, folds: &[Vec<u32>]) -> Option<(f64, f64)> {
        let of: Vec<(u64, &[u32])> =
            self.seeds().into_iter().zip(folds.iter().map(|of_run| &of_run[..])).collect();
        let sample = match outcomes::folds(self.runs) {
            Some(count) => sample.in_folds(count as usize, &of).ok()?,
            None => sample,
        };
        let interval = contrast(&[(1.0, sample)]).ok()?.interval(ALPHA);
        let finite = interval.low.is_finite() && interval.high.is_finite();
        finite.then(|| (interval.low.max(0.0), interval.high.min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seed: u64, predictions: Vec<u32>) -> RunOutcomes {
        let images = predictions.len();
        RunOutcomes {
            seed,
            predictions,
            confidence: vec![0.9; images],
            nll: vec![0.1; images],
            folds: vec![],
        }
    }

    #[test]
    fn intervals_of_one_run_enclose_their_figures_and_narrow_with_more_images() {
        let width = |images: usize| {
            let labels: Vec<u32> = (0..images).map(|i| (i % 2) as u32).collect();
            let runs = [run(0, (0..images).map(|i| u32::from(i % 2 == 1 && i % 5 > 0)).collect())];
            let counts = Counts { class: 1, labels: &labels, runs: &runs };
            let (low, high) = counts.jackknife(f1).unwrap();
            // Four of five of the class are right, nothing else is called by it: F1 = 2 * 0.8 / 1.8.
            assert!(low < 1.6 / 1.8 && 1.6 / 1.8 < high, "{low} {high}");
            high - low
        };
        assert!(
            width(4000) < 0.6 * width(1000) && width(4000) > 0.4 * width(1000),
            "as the root of the images"
        );
    }

    #[test]
    fn a_share_of_nothing_is_in_no_mean() {
        let of = |predicted: u64, correct: u64| ClassMetrics {
            support: 10,
            predicted,
            correct,
            precision: (predicted > 0).then(|| correct as f64 / predicted as f64),
            recall: Some(correct as f64 / 10.0),
            f1: Some(2.0 * correct as f64 / (10 + predicted) as f64),
        };
        let (never, sometimes) = (of(0, 0), of(8, 6));
        let counts = Counts { class: 0, labels: &[], runs: &[] };
        let class = one_class(&[&never, &sometimes], &counts);
        let expected = Share { value: Some(0.75), seeds: 1, range: Some((0.75, 0.75)), interval: None };
        assert_eq!(class.precision, expected);
        assert_eq!((class.recall.value, class.recall.seeds), (Some(0.3), 2));
        assert_eq!(one_class(&[&never, &never], &counts).precision, Share::default());
    }

    #[test]
    fn over_seeds_the_seeds_count_too() {
        let labels: Vec<u32> = vec![1; 1000];
        let of = |share: usize| (0..1000).map(|i| u32::from(i % 100 < share)).collect::<Vec<u32>>();
        let steady = [run(0, of(80)), run(1, of(80)), run(2, of(80))];
        let shaky = [run(0, of(70)), run(1, of(80)), run(2, of(90))];
        let width = |runs: &[RunOutcomes]| {
            let (low, high) = Counts { class: 1, labels: &labels, runs }.recall().unwrap();
            assert!(low <= 0.8 && high >= 0.8);
            high - low
        };
        assert!(width(&shaky) > 3.0 * width(&steady));
    }
}
