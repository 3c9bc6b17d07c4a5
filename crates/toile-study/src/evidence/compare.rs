//! From outcomes to a comparison. Pure: whoever calls it has read the runs and counted the look.

use toile_statistics::planning::{POWER, SeedsMore, Spread, seeds_more};
use toile_statistics::verdict::{Diverged, SEEDS_MIN};
use toile_statistics::{
    Estimate, OverSeeds, Reason, Rule, Sample, Scope, Verdict, contrast, difference, mcnemar_exact, verdict,
};

use super::changes::change;
use super::comparison::{
    ComparedPair, Comparison, Difference, McNemar, ModelSummary, UndecidedReason, VerdictWord,
};
pub use super::contender::{Contender, Test};
use super::error::EvidenceError;
use super::few_images::few_images;
use super::metric::{Interval, Metric};
use super::outcomes::RunOutcomes;
use super::samples::sample;
use super::sentence::{Plan, Said, sentence};
use super::settings::Question;
use crate::cross_validation::repeat_name;

/// Whether a verdict on any two recipes could come of it: only then a look spends part of alpha.
pub fn can_decide(contenders: &[Contender<'_>]) -> bool {
    let fit =
        |contender: &&Contender<'_>| contender.diverged.is_empty() && contender.trainings() >= SEEDS_MIN;
    contenders.iter().filter(fit).count() >= 2
}

/// Compares all pairs; the look is the one at these models with these runs.
///
/// # Errors
/// Runs that do not belong together: other images, a seed twice.
pub fn compare(
    question: &Question,
    look: u32,
    test: Test<'_>,
    contenders: &[Contender<'_>],
) -> Result<Comparison, EvidenceError> {
    let metric = question.metric;
    let samples = contenders
        .iter()
        .map(|contender| match contender.runs {
            [] => Ok(None),
            runs => sample(metric, runs, test.labels, test.class_names.len())
                .map(Some)
                .map_err(|source| EvidenceError::Sample { model: contender.name.to_owned(), source }),
        })
        .collect::<Result<Vec<Option<Sample>>, _>>()?;
    let models = contenders.iter().zip(&samples);
    let models =
        models.map(|(contender, sample)| summary(metric, contender, sample.as_ref(), question.alpha));
    let count = contenders.len();
    // The look that more seeds would be for: where no verdict can come of this one, it is not spent.
    let next_look = look + u32::from(can_decide(contenders));
    let rule = Rule {
        alpha: question.alpha,
        pairs: (count * count.saturating_sub(1) / 2).max(1),
        look,
        margin: question.margin.as_ref().map(|margin| margin.value),
        higher_is_better: metric.higher_is_better(),
    };
    let mut pairs = Vec::new();
    for first in 0..count {
        for second in first + 1..count {
            let sides = Sides {
                first: (&contenders[first], samples[first].as_ref()),
                second: (&contenders[second], samples[second].as_ref()),
            };
            pairs.push(pair(question, &rule, next_look, test, sides)?);
        }
    }
    Ok(Comparison {
        metric,
        alpha: question.alpha,
        look,
        images: test.labels.len(),
        folds: contenders.iter().find_map(Contender::folds),
        margin: question.margin.clone(),
        models: models.collect::<Result<_, _>>()?,
        pairs,
        warnings: question
            .warning()
            .into_iter()
            .chain(copies(contenders))
            .chain(few_images(question, test, contenders))
            .collect(),
    })
}

fn summary(
    metric: Metric,
    contender: &Contender<'_>,
    sample: Option<&Sample>,
    alpha: f64,
) -> Result<ModelSummary, EvidenceError> {
    let alone = sample.map(|sample| contrast(&[(1.0, sample)])).transpose()?;
    let spread = sample.and_then(|sample| OverSeeds::of(sample.per_seed()));
    Ok(ModelSummary {
        name: contender.name.to_owned(),
        seeds: sample.map_or(Vec::new(), |sample| sample.seeds().to_vec()),
        per_seed: sample.map_or(Vec::new(), |sample| sample.per_seed().to_vec()),
        diverged: contender.diverged.to_vec(),
        mean: spread.map(|spread| spread.mean),
        deviation: spread.and_then(|spread| spread.deviation),
        interval: alone.map(|alone| interval(&alone, alpha).within(metric.range())),
    })
}

/// Two models with what the statistics make of them.
struct Sides<'a> {
    first: (&'a Contender<'a>, Option<&'a Sample>),
    second: (&'a Contender<'a>, Option<&'a Sample>),
}

fn pair(
    question: &Question,
    rule: &Rule,
    next_look: u32,
    test: Test<'_>,
    sides: Sides<'_>,
) -> Result<ComparedPair, EvidenceError> {
    let Sides { first: (first, first_sample), second: (second, second_sample) } = sides;
    let estimate = match (first_sample, second_sample) {
        (Some(first), Some(second)) => Some(difference(first, second)?),
        _ => None,
    };
    let diverged = Diverged { first: first.diverged.len(), second: second.diverged.len() };
    let verdict = verdict(estimate.as_ref(), rule, diverged);
    let level = level(estimate.as_ref(), rule);
    let difference = estimate.as_ref().map(|estimate| Difference {
        value: estimate.value,
        standard_error: estimate.standard_error,
        interval: interval(estimate, level).within(question.metric.change_range()),
        p_value: estimate.p_value(),
        variance: [estimate.components.seed, estimate.components.image, estimate.components.interaction],
    });
    let spread = estimate.as_ref().and_then(Spread::of);
    let resolvable = |spread: &Spread| spread.resolvable(rule.level(), POWER);
    let is_open = matches!(verdict, Verdict::Undecided(Reason::FewSeeds { .. } | Reason::Unresolved));
    let plan = Plan {
        resolvable: spread.as_ref().map(resolvable),
        resolvable_by_test_set: spread.as_ref().map(|spread| resolvable(&spread.with_endless_seeds())),
        seeds_more: estimate
            .as_ref()
            .filter(|_| is_open)
            .map(|estimate| seeds_more(estimate, &Rule { look: next_look, ..*rule })),
    };
    let is_folded = first.folds().is_some() || second.folds().is_some();
    let mcnemar = mcnemar(first.runs, second.runs, test.labels).filter(|_| !is_folded);
    let (word, undecided) = words(verdict);
    let predict_the_same = predict_the_same(first.runs, second.runs);
    let said = Said {
        question,
        level,
        first,
        second,
        difference: difference.as_ref(),
        verdict,
        plan,
        mcnemar,
        predict_the_same,
    };
    let sentence = sentence(&said);
    let change = change(first.runs, second.runs, test);
    Ok(ComparedPair {
        first: first.name.to_owned(),
        second: second.name.to_owned(),
        difference,
        verdict: word,
        undecided,
        sentence,
        resolvable: plan.resolvable,
        resolvable_by_test_set: plan.resolvable_by_test_set,
        seeds_more: match plan.seeds_more {
            Some(SeedsMore::Seeds(more)) => u32::try_from(more).ok(),
            _ => None,
        },
        mcnemar,
        classes: change.classes,
        confusions: change.confusions,
        fixed_by_every_seed: change.fixed_by_every_seed,
        broken_by_every_seed: change.broken_by_every_seed,
    })
}

/// The level of the pair's interval. Two networks are no look at the recipes: they spend nothing.
fn level(estimate: Option<&Estimate>, rule: &Rule) -> f64 {
    match estimate.map(|estimate| estimate.scope) {
        Some(Scope::Networks) => rule.alpha / rule.pairs as f64,
        _ => rule.level(),
    }
}

/// Whether two models make the same of every image under the same seeds.
fn predict_the_same(first: &[RunOutcomes], second: &[RunOutcomes]) -> bool {
    let with_seed = |run: &RunOutcomes| second.iter().find(|other| other.seed == run.seed);
    let same = |run: &RunOutcomes| with_seed(run).is_some_and(|other| run.predicts_as(other));
    !first.is_empty() && first.len() == second.len() && first.iter().all(same)
}

/// Runs of one model that predict the same: seeds are there to be different.
fn copies<'a>(contenders: &'a [Contender<'a>]) -> impl Iterator<Item = String> + 'a {
    contenders.iter().flat_map(|Contender { name, runs, .. }| {
        let pairs = runs.iter().enumerate().flat_map(|(place, run)| runs[..place].iter().map(move |r| (r, run)));
        pairs.filter(|(first, second)| first.predicts_as(second)).map(move |(first, second)| {
            let pair = match first.folds.is_empty() {
                true => format!("seeds {} and {}", first.seed, second.seed),
                false => format!("{} and {}", repeat_name(first.seed), repeat_name(second.seed)),
            };
            format!(
                "{name}: {pair} predict the same of every test image in every bit, as copies of one run do, or networks \
                 that are sure of every image; the intervals take them for two."
            )
        })
    })
}

fn interval(estimate: &Estimate, level: f64) -> Interval {
    let toile_statistics::Interval { low, high } = estimate.interval(level);
    Interval { low, high, confidence: 1.0 - level }
}

fn words(verdict: Verdict) -> (VerdictWord, Option<UndecidedReason>) {
    let word = match verdict {
        Verdict::Better => VerdictWord::Better,
        Verdict::Worse => VerdictWord::Worse,
        Verdict::Equivalent => VerdictWord::Equivalent,
        Verdict::BetterBelowMargin => VerdictWord::BetterBelowMargin,
        Verdict::WorseBelowMargin => VerdictWord::WorseBelowMargin,
        Verdict::Undecided(reason) => {
            let reason = match reason {
                Reason::Diverged { .. } => UndecidedReason::Diverged,
                Reason::NothingMeasured => UndecidedReason::NoRun,
                Reason::SingleRuns => UndecidedReason::SingleRuns,
                Reason::FewSeeds { .. } => UndecidedReason::FewSeeds,
                Reason::Unresolved => UndecidedReason::Unresolved,
            };
            return (VerdictWord::Undecided, Some(reason));
        }
    };
    (word, None)
}

/// Where each model has one run.
fn mcnemar(first: &[RunOutcomes], second: &[RunOutcomes], labels: &[u32]) -> Option<McNemar> {
    let ([first], [second]) = (first, second) else { return None };
    let (before, after) = (first.correct(labels), second.correct(labels));
    let count = |was: bool, is: bool| {
        before.iter().zip(&after).filter(|(before, after)| (**before, **after) == (was, is)).count() as u64
    };
    let (fixed, broken) = (count(false, true), count(true, false));
    Some(McNemar { fixed, broken, p_value: mcnemar_exact(fixed, broken) })
}
