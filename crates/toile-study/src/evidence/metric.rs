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

    /// Whether more is better.
    pub fn higher_is_better(self) -> bool {
        matches!(self, Metric::AccuracyTop1 | Metric::F1Macro)
    }
}
