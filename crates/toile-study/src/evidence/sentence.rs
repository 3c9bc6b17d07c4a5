//! A verdict in words, with its numbers.

use toile_statistics::planning::{SEEDS_MORE_MAX, SeedsMore};
use toile_statistics::verdict::SEEDS_MIN;
use toile_statistics::{Reason, Verdict};

use super::comparison::{Difference, McNemar};
use super::contender::Contender;
use super::metric::Metric;
use super::outcomes::RunOutcomes;
use super::settings::Question;
use super::words::{
    amount, change, change_interval, confidence, of_metric, p_value, run_list, seed_list, seeds,
};
use crate::numbers::{count, counted};

/// What could be resolved, and what it would take.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) resolvable: Option<f64>,
    pub(super) resolvable_by_test_set: Option<f64>,
    pub(super) seeds_more: Option<SeedsMore>,
}

/// All there is to say of two models.
pub(super) struct Said<'a> {
    pub(super) question: &'a Question,
    /// Of the interval.
    pub(super) level: f64,
    pub(super) first: &'a Contender<'a>,
    pub(super) second: &'a Contender<'a>,
    pub(super) difference: Option<&'a Difference>,
    pub(super) verdict: Verdict,
    pub(super) plan: Plan,
    pub(super) mcnemar: Option<McNemar>,
    /// Whether both make the same of every image under every seed.
    pub(super) predict_the_same: bool,
}

impl Said<'_> {
    /// Folds of a repeat, where the models are cross-validated.
    fn folds(&self) -> Option<u32> {
        self.first.folds().or(self.second.folds())
    }
}

/// The second beside the first.
pub(super) fn sentence(said: &Said<'_>) -> String {
    let told = match said.verdict {
        Verdict::Undecided(Reason::SingleRuns | Reason::FewSeeds { .. } | Reason::Unresolved)
        | Verdict::Equivalent
            if said.predict_the_same =>
        {
            the_same(said)
        }
        Verdict::Undecided(Reason::Diverged { .. }) => diverged(said),
        Verdict::Undecided(Reason::NothingMeasured) => no_run(said),
        Verdict::Undecided(Reason::SingleRuns) => networks(said),
        Verdict::Undecided(Reason::FewSeeds { .. }) if said.folds().is_some() => format!(
            "undecided, {}. A verdict needs {SEEDS_MIN} trainings of each: more folds, or more repeats.",
            figures(said)
        ),
        Verdict::Undecided(Reason::FewSeeds { seeds: fewest }) => format!(
            "undecided, {}. A verdict needs {SEEDS_MIN} seeds of each, {} more.",
            figures(said),
            SEEDS_MIN - fewest
        ),
        Verdict::Undecided(Reason::Unresolved) => unresolved(said),
        Verdict::Better => format!("better, {}. {}", figures(said), resolution(said)),
        Verdict::Worse => format!("worse, {}. {}", figures(said), resolution(said)),
        Verdict::Equivalent => {
            format!("equivalent within {}, {}. {}", margin(said), figures(said), resolution(said))
        }
        Verdict::BetterBelowMargin => {
            format!("better, but by less than {}, {}. {}", margin(said), figures(said), resolution(said))
        }
        Verdict::WorseBelowMargin => {
            format!("worse, but by less than {}, {}. {}", margin(said), figures(said), resolution(said))
        }
    };
    format!("{} against {}: {}", said.second.name, said.first.name, told.trim_end())
}

/// `+21.40 points [+20.90, +21.90] (97.5 % confidence, 3 seeds each)`.
fn figures(said: &Said<'_>) -> String {
    let (first, second) = (said.first.runs.len(), said.second.runs.len());
    if let Some(folds) = said.folds() {
        let repeats = counted(first, "repeat");
        return format!(
            "{} ({} confidence, {repeats} of {folds} folds)",
            difference(said),
            confidence(1.0 - said.level)
        );
    }
    let seeds = match first == second {
        true if shared(said.first.runs, said.second.runs) => format!("{} each", seeds(first)),
        true => format!("{} each, not the same ones", seeds(first)),
        false => format!("{} and {}", seeds(first), second),
    };
    format!("{} ({} confidence, {seeds})", difference(said), confidence(1.0 - said.level))
}

/// `+21.40 points [+20.90, +21.90]`.
fn difference(said: &Said<'_>) -> String {
    let metric = said.question.metric;
    said.difference.map_or(String::new(), |difference| {
        let interval = difference.interval;
        format!(
            "{}{} {}",
            change(metric, difference.value),
            of_metric(metric),
            change_interval(metric, interval.low, interval.high)
        )
    })
}

fn shared(first: &[RunOutcomes], second: &[RunOutcomes]) -> bool {
    let sorted = |runs: &[RunOutcomes]| {
        let mut seeds: Vec<u64> = runs.iter().map(|run| run.seed).collect();
        seeds.sort_unstable();
        seeds
    };
    sorted(first) == sorted(second)
}

/// `the margin of 0.50 points`, and whether it was named beforehand.
fn margin(said: &Said<'_>) -> String {
    said.question.margin.as_ref().map_or(String::new(), |margin| {
        let late =
            if margin.in_study_file { "" } else { " (which nothing shows to be older than the results)" };
        format!("the margin of {}{late}", amount(said.question.metric, margin.value))
    })
}

/// Differences below this are not told: no figure of a comparison shows as much.
const SHOWN_LEAST: f64 = 0.00005;

/// What these runs, and endless ones, can tell apart.
fn resolution(said: &Said<'_>) -> String {
    let metric = said.question.metric;
    let Some((now, endless)) = said.plan.resolvable.zip(said.plan.resolvable_by_test_set) else {
        return String::new();
    };
    if now == 0.0 {
        return String::new();
    }
    // Where seeds explain all that varies, endless ones would show anything: that says nothing of the test set.
    let is_told = endless >= SHOWN_LEAST && amount(metric, endless) != amount(metric, now);
    let (now, endless) = (amount(metric, now), amount(metric, endless));
    let (runs, images) =
        if said.folds().is_some() { ("repeats", "images") } else { ("seeds", "test images") };
    let endless = if is_told { format!(", endless {runs} one of {endless}") } else { String::new() };
    format!("With 80 % probability these {runs} and {images} show a difference of {now}{endless}.")
}

fn unresolved(said: &Said<'_>) -> String {
    let why = match &said.question.margin {
        None => "0 lies in the interval".to_owned(),
        Some(margin) => format!(
            "0 lies in the interval, and so does a difference beyond the margin of {}",
            amount(said.question.metric, margin.value)
        ),
    };
    let is_folded = said.folds().is_some();
    let run = if is_folded { "repeat" } else { "seed" };
    let plan = match said.plan.seeds_more {
        Some(SeedsMore::Seeds(more)) if is_folded => {
            format!("About {} more would probably decide it. ", counted(more, run))
        }
        Some(SeedsMore::TooMany) if is_folded => {
            format!("It would probably take more than {} repeats more. ", count(SEEDS_MORE_MAX as u64))
        }
        Some(SeedsMore::TestSet) if is_folded => {
            "Endless repeats would probably not decide it: that takes more images. ".into()
        }
        Some(SeedsMore::Seeds(more)) => {
            format!("About {} more of each would probably decide it. ", counted(more, run))
        }
        Some(SeedsMore::TooMany) => {
            format!("It would probably take more than {} seeds more of each. ", count(SEEDS_MORE_MAX as u64))
        }
        Some(SeedsMore::TestSet) => {
            "Endless seeds would probably not decide it: that takes more test images. ".into()
        }
        Some(SeedsMore::Unknown) | None => String::new(),
    };
    format!("undecided, {}: {why}. {plan}{}", figures(said), resolution(said))
}

fn the_same(said: &Said<'_>) -> String {
    let mut seeds: Vec<u64> = said.first.runs.iter().map(|run| run.seed).collect();
    seeds.sort_unstable();
    format!(
        "they predict the same. Under {} every prediction, probability and loss of every test image is equal in every \
         bit: neither more {} nor more test images would tell them apart.",
        run_list(said.folds(), &seeds),
        if said.folds().is_some() { "repeats" } else { "seeds" }
    )
}

fn diverged(said: &Said<'_>) -> String {
    let of = |contender: &Contender<'_>| {
        let (diverged, finished) = (contender.diverged.len(), contender.runs.len());
        (diverged > 0)
            .then(|| format!("{diverged} of {} of {}", counted(diverged + finished, "run"), contender.name))
    };
    let parts: Vec<String> = [said.first, said.second].into_iter().filter_map(of).collect();
    format!(
        "undecided, because {} diverged. A verdict on the runs that are left would be one on lucky seeds.",
        parts.join(" and ")
    )
}

fn no_run(said: &Said<'_>) -> String {
    let without = [said.first, said.second].into_iter().filter(|contender| contender.runs.is_empty());
    let names: Vec<&str> = without.map(|contender| contender.name).collect();
    format!("undecided, because {} has no finished run.", names.join(" and "))
}

/// One run of a model: only these networks can be spoken of.
fn networks(said: &Said<'_>) -> String {
    let metric = said.question.metric;
    let which = |contender: &Contender<'_>| {
        let seeds: Vec<u64> = contender.runs.iter().map(|run| run.seed).collect();
        format!("{}, {}", contender.name, seed_list(&seeds))
    };
    let interval = said.difference.map(|difference| difference.interval);
    let excludes_0 = interval.is_some_and(|interval| interval.low > 0.0 || interval.high < 0.0);
    // The exact test has the word where it applies: it counts images.
    let tested = said.mcnemar.filter(|_| metric == Metric::AccuracyTop1);
    let differ = tested.map_or(excludes_0, |test| test.p_value < said.level);
    let value = said.difference.map_or(0.0, |difference| difference.value);
    let second_ahead = (value > 0.0) == metric.higher_is_better();
    let better = if second_ahead { said.second.name } else { said.first.name };
    let found = match differ {
        true => format!("{better} is the better one on images like these"),
        false => "neither is measurably better on images like these".to_owned(),
    };
    // Words and numbers say the same: beside the exact test no interval that might see it otherwise.
    let found_by = match tested {
        Some(_) => change(metric, value),
        None => {
            format!("{} ({} confidence, over test images)", difference(said), confidence(1.0 - said.level))
        }
    };
    let test = said.mcnemar.map_or(String::new(), |McNemar { fixed, broken, p_value: p }| {
        format!(
            "; {} fixed and {} broken, {} (McNemar's exact test)",
            counted(fixed as usize, "image"),
            count(broken),
            p_value(p)
        )
    });
    format!(
        "undecided, because one run speaks for a network, not for the recipe behind it. Of the networks compared \
         ({}; {}) {found}: {found_by}{test}. A verdict on recipes needs {SEEDS_MIN} seeds of each, as of \
         --seeds 0,1,2, and compares models, not their runs.",
        which(said.first),
        which(said.second),
    )
}
