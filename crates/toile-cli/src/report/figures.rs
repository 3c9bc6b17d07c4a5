//! A figure over the runs of a model: its mean, its deviation and its range, in words.

use toile_statistics::OverSeeds;
use toile_study::metrics::metrics;
use toile_study::numbers::{loss, mean_count, percent, percent_digits};
use toile_study::results::{Evaluation, ModelResults, RunResults, RunStatus};

/// Level of the intervals that are no verdict's.
pub(crate) const ALPHA: f64 = 0.05;

/// How a figure is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// 0.6918 as `69.18 %`.
    Share,
    /// `0.8106`.
    Loss,
    /// Images: `212`, and means of them `212.3`.
    Count,
}

impl Unit {
    pub(super) fn text(self, value: f64) -> String {
        match self {
            Unit::Share => percent(value),
            Unit::Loss => loss(value),
            Unit::Count => mean_count(value),
        }
    }

    /// The same without its sign, for the first of two numbers that share one.
    fn digits(self, value: f64) -> String {
        match self {
            Unit::Share => percent_digits(value),
            Unit::Loss | Unit::Count => self.text(value),
        }
    }

    fn sign(self) -> &'static str {
        if self == Unit::Share { " %" } else { "" }
    }
}

/// A figure under each seed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Figure {
    pub(super) values: Vec<f64>,
}

impl Figure {
    /// Of the runs that have it.
    pub(super) fn of(runs: &[&RunResults], value: impl Fn(&RunResults) -> Option<f64>) -> Figure {
        Figure { values: runs.iter().filter_map(|run| value(run)).collect() }
    }

    /// `None` without a value, or with one that is not finite.
    fn over_seeds(&self) -> Option<OverSeeds> {
        OverSeeds::of(&self.values)
    }

    pub(super) fn mean(&self) -> Option<f64> {
        self.over_seeds().map(|over| over.mean)
    }

    pub(super) fn range(&self) -> Option<(f64, f64)> {
        self.over_seeds().map(|over| (over.low, over.high))
    }

    /// `69.42 %`, or `69.42 ± 0.35 %` with its standard deviation over the seeds.
    pub(super) fn text(&self, unit: Unit) -> String {
        let Some(over) = self.over_seeds() else {
            return if self.values.is_empty() { "–".into() } else { "not finite".into() };
        };
        match over.deviation {
            Some(deviation) => {
                format!("{} ± {}{}", unit.digits(over.mean), unit.digits(deviation), unit.sign())
            }
            None => unit.text(over.mean),
        }
    }

    /// `69.10 to 69.90 %`; nothing for a single run.
    pub(super) fn range_text(&self, unit: Unit) -> Option<String> {
        let (low, high) = self.range().filter(|_| self.values.len() > 1)?;
        Some(format!("{} to {}", unit.digits(low), unit.text(high)))
    }
}

/// The runs of a model that reached their end.
pub(super) fn finished(model: &ModelResults) -> Vec<&RunResults> {
    model.runs.iter().filter(|run| run.status == RunStatus::Finished).collect()
}

/// A figure of the evaluation of each finished run.
pub(super) fn evaluated(model: &ModelResults, value: impl Fn(&Evaluation) -> Option<f64>) -> Figure {
    Figure::of(&finished(model), |run| value(run.evaluation.as_ref()?))
}

pub(super) fn accuracy(model: &ModelResults) -> Figure {
    evaluated(model, |e| e.test_accuracy)
}

pub(super) fn test_loss(model: &ModelResults) -> Figure {
    evaluated(model, |e| e.test_loss)
}

pub(super) fn f1_macro(model: &ModelResults) -> Figure {
    evaluated(model, |e| Some(metrics(&e.confusion)?.f1_macro))
}

/// Training loss of the last epoch, as training saw it.
pub(super) fn last_training_loss(model: &ModelResults) -> Figure {
    Figure::of(&finished(model), |run| Some(run.epochs.last()?.train_loss))
}

/// Images of a class that are right.
pub(super) fn right_of_class(model: &ModelResults, class: usize) -> Figure {
    evaluated(model, |e| (class < e.confusion.classes()).then(|| e.confusion.at(class, class) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_in_words() {
        let of = |values: &[f64]| Figure { values: values.to_vec() };
        assert_eq!(of(&[]).text(Unit::Share), "–");
        assert_eq!(of(&[0.6942]).text(Unit::Share), "69.42 %");
        assert_eq!(of(&[0.69, 0.70, 0.71]).text(Unit::Share), "70.00 ± 1.00 %");
        assert_eq!(of(&[0.69, 0.71]).range_text(Unit::Share).unwrap(), "69.00 to 71.00 %");
        assert_eq!(of(&[0.69]).range_text(Unit::Share), None);
        assert_eq!(of(&[0.25, f64::NAN]).text(Unit::Loss), "not finite");
        assert_eq!(of(&[210.0, 213.0]).text(Unit::Count), "211.5 ± 2.1");
    }
}
