//! How models are compared: what by, at which risk of a wrong verdict, and which difference does not matter.

use serde::{Deserialize, Serialize};

use super::comparison::Margin;
use super::metric::Metric;
use super::words::amount;

/// What a study file's `[comparison]` says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonSettings {
    /// What the models are measured by.
    pub metric: Metric,
    /// Chance of a wrong verdict for all pairs and looks together.
    pub alpha: f64,
    /// A difference that does not matter, in the metric's unit.
    pub margin: Option<f64>,
}

impl Default for ComparisonSettings {
    fn default() -> Self {
        ComparisonSettings { metric: Metric::default(), alpha: 0.05, margin: None }
    }
}

/// Which alpha there can be, in words.
pub const ALPHA_BOUND: &str = "a probability from 0.000001 to 0.5; 0.05 is usual";

/// Whether a verdict can be given at this alpha.
pub fn is_alpha(alpha: f64) -> bool {
    (1e-6..=0.5).contains(&alpha)
}

/// Whether this can be a margin of the metric.
pub fn is_margin(metric: Metric, margin: f64) -> bool {
    margin > 0.0 && margin.is_finite() && (margin < 0.5 || metric == Metric::Nll)
}

/// Which margin there can be, in words.
pub fn margin_bound(metric: Metric) -> &'static str {
    match metric {
        Metric::Nll => "more than 0, in the unit of the loss",
        _ => "more than 0 and less than 0.5: half a percentage point is 0.005",
    }
}

/// What is asked of some runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What the models are measured by.
    pub metric: Metric,
    /// Chance of a wrong verdict for all pairs and looks together.
    pub alpha: f64,
    /// A difference that does not matter.
    pub margin: Option<Margin>,
}

/// What a command line says instead of the study file.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overrides {
    /// Another metric. The study file's margin, which has the unit of its own metric, does not count then.
    pub metric: Option<Metric>,
    /// Another alpha.
    pub alpha: Option<f64>,
    /// Another margin.
    pub margin: Option<f64>,
}

impl Question {
    /// What the settings ask, with what is said instead of them.
    ///
    /// `planned` is what stood there before there were results, where that was noted: a margin counts as named
    /// beforehand only where it agrees.
    pub fn new(
        settings: &ComparisonSettings,
        planned: Option<&ComparisonSettings>,
        overrides: Overrides,
    ) -> Question {
        let metric = overrides.metric.unwrap_or(settings.metric);
        let of = |settings: &ComparisonSettings| settings.margin.filter(|_| settings.metric == metric);
        let in_file = of(settings);
        let margin = overrides.margin.or(in_file).map(|value| Margin {
            value,
            in_study_file: in_file == Some(value)
                && planned.is_some_and(|planned| of(planned) == Some(value)),
        });
        Question { metric, alpha: overrides.alpha.unwrap_or(settings.alpha), margin }
    }

    /// What a reader has to know of the question itself.
    pub(super) fn warning(&self) -> Option<String> {
        let margin = self.margin.as_ref().filter(|margin| !margin.in_study_file)?;
        Some(format!(
            "Nothing shows that the margin of {} was named before there were results: whoever knows the results can \
             choose a margin to suit them.",
            amount(self.metric, margin.value)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_counts_as_named_beforehand_only_where_it_was() {
        let file = ComparisonSettings { margin: Some(0.005), ..ComparisonSettings::default() };
        let none = ComparisonSettings::default();
        let margin = |value| Overrides { margin: Some(value), ..Overrides::default() };
        let nll = Overrides { metric: Some(Metric::Nll), ..Overrides::default() };
        for (settings, planned, overrides, expected) in [
            (&file, None, Overrides::default(), Some((0.005, false))),
            (&file, Some(&file), Overrides::default(), Some((0.005, true))),
            (&file, Some(&none), Overrides::default(), Some((0.005, false))),
            (&file, Some(&file), margin(0.005), Some((0.005, true))),
            (&file, Some(&file), margin(0.01), Some((0.01, false))),
            (&none, None, margin(0.01), Some((0.01, false))),
            (&file, Some(&file), nll, None),
        ] {
            let found = Question::new(settings, planned, overrides);
            let found = found.margin.map(|margin| (margin.value, margin.in_study_file));
            assert_eq!(found, expected, "{settings:?} {planned:?} {overrides:?}");
        }
    }

    #[test]
    fn half_of_everything_is_no_margin_of_a_share() {
        assert!(is_margin(Metric::AccuracyTop1, 0.005) && is_margin(Metric::Nll, 0.5));
        for margin in [0.0, -0.1, 0.5, f64::NAN, f64::INFINITY] {
            assert!(!is_margin(Metric::Ece, margin), "{margin}");
        }
        for alpha in [0.0, 0.6, f64::NAN, 1e-9] {
            assert!(!is_alpha(alpha), "{alpha}");
        }
    }
}
