//! What models are measured by.

use serde::{Deserialize, Serialize};

/// An interval for a quantity, at a stated confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// 1 - alpha: 0.95.
    pub confidence: f64,
}

impl Interval {
    /// The part of it that lies in `low..=high`, where the quantity cannot leave that range: what is cut off holds no
    /// value that it could have, so that the confidence stays what it is.
    pub(crate) fn within(self, [low, high]: [f64; 2]) -> Interval {
        Interval { low: self.low.clamp(low, high), high: self.high.clamp(low, high), ..self }
    }
}

/// What a model is measured by. Every one is computed on the test images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Share of the images whose most probable class is the true one.
    #[default]
    AccuracyTop1,
    /// Mean negative log likelihood.
    Nll,
    /// Unweighted mean of the classes' F1.
    F1Macro,
    /// Expected calibration error, 15 bins of equal width.
    Ece,
}

impl Metric {
    /// In the order in which they are listed.
    pub const ALL: [Metric; 4] = [Metric::AccuracyTop1, Metric::Nll, Metric::F1Macro, Metric::Ece];

    /// The metric of this name.
    pub fn named(name: &str) -> Option<Metric> {
        Metric::ALL.into_iter().find(|metric| metric.name() == name)
    }

    /// In a sentence: `macro F1`.
    pub fn title(self) -> &'static str {
        match self {
            Metric::AccuracyTop1 => "accuracy",
            Metric::Nll => "negative log likelihood",
            Metric::F1Macro => "macro F1",
            Metric::Ece => "expected calibration error",
        }
    }

    /// As it is written on a command line: `accuracy_top1`.
    pub fn name(self) -> &'static str {
        match self {
            Metric::AccuracyTop1 => "accuracy_top1",
            Metric::Nll => "nll",
            Metric::F1Macro => "f1_macro",
            Metric::Ece => "ece",
        }
    }

    /// The lowest and the highest value there can be: 0 and 1 of a share.
    pub(crate) fn range(self) -> [f64; 2] {
        match self {
            Metric::Nll => [0.0, f64::INFINITY],
            Metric::AccuracyTop1 | Metric::F1Macro | Metric::Ece => [0.0, 1.0],
        }
    }

    /// The lowest and the highest difference of two values.
    pub(crate) fn change_range(self) -> [f64; 2] {
        match self {
            Metric::Nll => [f64::NEG_INFINITY, f64::INFINITY],
            Metric::AccuracyTop1 | Metric::F1Macro | Metric::Ece => [-1.0, 1.0],
        }
    }

    /// Whether more is better.
    pub fn higher_is_better(self) -> bool {
        matches!(self, Metric::AccuracyTop1 | Metric::F1Macro)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_of_shares_are_shares() {
        let wide = Interval { low: -0.0367, high: 1.4, confidence: 0.95 };
        for metric in Metric::ALL {
            let [low, high] = metric.range();
            let cut = wide.within(metric.range());
            assert!(low <= cut.low && cut.low <= cut.high && cut.high <= high, "{metric:?}: {cut:?}");
        }
        assert_eq!(wide.within(Metric::Ece.range()), Interval { low: 0.0, high: 1.0, confidence: 0.95 });
        assert_eq!(wide.within(Metric::Nll.range()).high, 1.4);
        assert_eq!(wide.within(Metric::Ece.change_range()).low, -0.0367);
        assert_eq!(wide.within(Metric::Nll.change_range()), wide);
    }
}
