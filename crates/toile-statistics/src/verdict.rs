//! What may be claimed.
//!
//! Every claim is read from one interval, at the level [`Rule::level`]: the interval that is shown. So
//! interval and verdict cannot disagree. "Equivalent" asks the whole interval to lie inside the margins,
//! which is two one-sided tests at half that level each (it could be had from a narrower interval at twice
//! the level, but then two intervals would have to be shown).

use crate::estimate::{Estimate, Interval, Scope};
use crate::looks::level_of_look;

/// A verdict on recipes needs at least this many seeds of each model.
pub const SEEDS_MIN: usize = 3;

/// How claims are made, fixed before results exist.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Chance of a wrong claim of a difference among all pairs and looks together.
    pub alpha: f64,
    /// How many pairs are judged together: Bonferroni divides alpha among them.
    pub pairs: usize,
    /// Which look at this comparison it is, from 1: look k spends alpha / 2^k.
    pub look: u32,
    /// A difference that does not matter, in the metric's unit.
    pub margin: Option<f64>,
    /// Whether more of the metric is better: accuracy, but not loss.
    pub higher_is_better: bool,
}

impl Rule {
    /// The level of the interval that is shown and that the verdict is read from: alpha / (pairs 2^look).
    ///
    /// # Panics
    /// If there are no pairs or no look.
    pub fn level(&self) -> f64 {
        assert!(self.pairs >= 1, "at least one pair");
        level_of_look(self.alpha, self.look) / self.pairs as f64
    }
}

/// What may be claimed of the second model, beside the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The interval lies on the better side of 0. It may, but need not, reach beyond the margin.
    Better,
    /// The interval lies on the worse side of 0.
    Worse,
    /// The interval holds 0 and lies inside the margins.
    Equivalent,
    /// The interval lies between 0 and the margin, on the better side.
    BetterBelowMargin,
    /// The interval lies between 0 and the margin, on the worse side.
    WorseBelowMargin,
    /// No claim.
    Undecided(Reason),
}

/// Why nothing is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Runs diverged. They are not dropped, so there is no metric to compare.
    Diverged {
        /// Diverged runs of the first model.
        first: usize,
        /// Diverged runs of the second.
        second: usize,
    },
    /// There is no estimate, for another reason than divergence.
    NothingMeasured,
    /// One run of a model: two networks can be compared, recipes cannot.
    SingleRuns,
    /// Fewer than [`SEEDS_MIN`] seeds of a model.
    FewSeeds {
        /// The smallest number of seeds.
        seeds: usize,
    },
    /// The interval holds 0 and does not lie inside the margins, or there is no margin.
    Unresolved,
}

/// Runs of the two models that diverged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Diverged {
    /// Of the first model.
    pub first: usize,
    /// Of the second.
    pub second: usize,
}

/// Reads the claim from an estimate of (second - first), as [`crate::difference`] makes it; `None` where none
/// could be made.
pub fn verdict(estimate: Option<&Estimate>, rule: &Rule, diverged: Diverged) -> Verdict {
    if diverged != Diverged::default() {
        return Verdict::Undecided(Reason::Diverged { first: diverged.first, second: diverged.second });
    }
    let Some(estimate) = estimate else {
        return Verdict::Undecided(Reason::NothingMeasured);
    };
    if estimate.scope == Scope::Networks {
        return Verdict::Undecided(Reason::SingleRuns);
    }
    let seeds = estimate.seeds.iter().copied().min().unwrap_or(0);
    if seeds < SEEDS_MIN {
        return Verdict::Undecided(Reason::FewSeeds { seeds });
    }
    claim(estimate.interval(rule.level()), rule)
}

/// Reads the claim from the interval alone.
pub fn claim(interval: Interval, rule: &Rule) -> Verdict {
    let Interval { low, high } =
        if rule.higher_is_better { interval } else { Interval { low: -interval.high, high: -interval.low } };
    let within = rule.margin.is_some_and(|margin| -margin < low && high < margin);
    match (low > 0.0, high < 0.0, within) {
        (true, _, true) => Verdict::BetterBelowMargin,
        (true, _, false) => Verdict::Better,
        (_, true, true) => Verdict::WorseBelowMargin,
        (_, true, false) => Verdict::Worse,
        (_, _, true) => Verdict::Equivalent,
        (_, _, false) => Verdict::Undecided(Reason::Unresolved),
    }
}
