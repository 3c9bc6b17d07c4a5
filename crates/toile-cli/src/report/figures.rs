//! A figure over the runs of a model: its mean, its deviation and its range, in words.

use toile_statistics::over_seeds;
use toile_study::metrics::metrics;
use toile_study::numbers::{loss, percent};
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
            Unit::Count => decimal(value),
        }
    }

    /// The same without its sign, for the first of two numbers that share one.
    fn bare(self, value: f64) -> String {
        self.text(value).trim_end_matches(" %").to_string()
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

    pub(super) fn mean(&self) -> Option<f64> {
        over_seeds(&self.values).map(|over| over.mean)
    }

    pub(super) fn range(&self) -> Option<(f64, f64)> {
        let ends = |(l, h): (f64, f64), v: &f64| (l.min(*v), h.max(*v));
        self.mean().map(|_| self.values.iter().fold((f64::MAX, f64::MIN), ends))
    }

    /// `69.42 %`, or `69.42 ± 0.35 %` with its standard deviation over the seeds.
    pub(super) fn text(&self, unit: Unit) -> String {
        let Some(over) = over_seeds(&self.values) else {
            return if self.values.is_empty() { "–".into() } else { "not finite".into() };
        };
        match over.deviation {
            Some(deviation) => {
                format!("{} ± {}{}", unit.bare(over.mean), unit.bare(deviation), unit.sign())
            }
            None => unit.text(over.mean),
        }
    }

    /// `69.10 to 69.90 %`; nothing for a single run.
    pub(super) fn range_text(&self, unit: Unit) -> Option<String> {
        let (low, high) = self.range().filter(|_| self.values.len() > 1)?;
        Some(format!("{} to {}", unit.bare(low), unit.text(high)))
    }
}

/// With one decimal, where there is something behind the point, and thousands set apart.
pub(super) fn decimal(value: f64) -> String {
    let tenths = (value * 10.0).round();
    let whole = toile_study::numbers::count((tenths / 10.0).trunc().abs() as u64);
    let sign = if tenths < 0.0 { "−" } else { "" };
    match (tenths % 10.0).abs() {
        0.0 => format!("{sign}{whole}"),
        tenth => format!("{sign}{whole}.{tenth}"),
    }
}

/// Whether a run is part of the mean of its model's curves: a finished one, or the only one.
pub(crate) fn is_averaged(model: &ModelResults, run: &RunResults) -> bool {
    model.runs.len() == 1 || run.status == RunStatus::Finished
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
    evaluated(model, |e| Some(e.test_accuracy))
}

pub(super) fn test_loss(model: &ModelResults) -> Figure {
    evaluated(model, |e| Some(e.test_loss))
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
    evaluated(model, |e| e.confusion.get(class)?.get(class).map(|right| *right as f64))
}

/// The matrices of the finished runs, as (seed, matrix), where they fit the classes.
pub(super) fn matrices(model: &ModelResults, classes: usize) -> Vec<(u64, &Vec<Vec<u64>>)> {
    let runs = model.runs.iter().filter(|run| run.status == RunStatus::Finished);
    let fits = |m: &&Vec<Vec<u64>>| m.len() == classes && toile_study::metrics::is_square(m);
    runs.filter_map(|run| Some((run.seed, &run.evaluation.as_ref()?.confusion)))
        .filter(|(_, matrix)| fits(matrix))
        .collect()
}

/// Their mean, cell by cell.
pub(super) fn mean_matrix(matrices: &[(u64, &Vec<Vec<u64>>)]) -> Option<Vec<Vec<f64>>> {
    let classes = matrices.first()?.1.len();
    let cell = |t: usize, p: usize| {
        matrices.iter().map(|(_, matrix)| matrix[t][p] as f64).sum::<f64>() / matrices.len() as f64
    };
    Some((0..classes).map(|t| (0..classes).map(|p| cell(t, p)).collect()).collect())
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

    #[test]
    fn decimals_only_where_there_are_any() {
        for (value, text) in
            [(0.0, "0"), (12.0, "12"), (12.34, "12.3"), (1234.96, "1,235"), (-0.5, "−0.5"), (-0.01, "0")]
        {
            assert_eq!(decimal(value), text);
        }
    }

    #[test]
    fn the_mean_of_matrices() {
        let (a, b) = (vec![vec![4, 0], vec![1, 3]], vec![vec![3, 1], vec![1, 3]]);
        assert_eq!(mean_matrix(&[(0, &a), (1, &b)]).unwrap(), [[3.5, 0.5], [1.0, 3.0]]);
        assert_eq!(mean_matrix(&[]), None);
    }
}
