//! What each factor contributes to a gain: the cells' outcomes in, the attribution out.

use toile_statistics::fractional::{Fraction, FractionalAttribution};
use toile_statistics::verdict::SEEDS_MIN;
use toile_statistics::{
    ContrastError, Estimate, FactorialError, Sample, SampleError, Scope, contrast, factorial,
};

use super::attribution::{Attribution, CellSummary, Effect, FactorLevels, FractionOf};
use super::metric::{Interval, Metric};
use super::outcomes::{self, Outcomes, RunOutcomes};
use super::samples;
use super::words::{change, change_interval, of_metric};
use crate::factors::{Cell, Factor};
use crate::findings::divergence_advice;
use crate::numbers::joined;
use toile_store::RunId;

/// What was asked.
#[derive(Clone, Copy, Debug)]
pub struct AttributionQuestion<'a> {
    /// What is explained.
    pub metric: Metric,
    /// 1 - confidence of the gain's interval, and of the intervals of the factors together.
    pub alpha: f64,
    /// Seeds of every combination.
    pub seeds: &'a [u64],
    /// What differs.
    pub factors: &'a [Factor],
    /// Every combination.
    pub cells: &'a [Cell],
}

/// Why there is no attribution.
#[derive(Debug, thiserror::Error)]
pub enum AttributionError {
    /// Runs diverged: they are not left out, for what is left would not be the recipe.
    #[error(
        "{} of {total} runs diverged ({}): without them there is no attribution; {advice}",
        runs.len(), list(runs)
    )]
    Diverged {
        /// Which.
        runs: Vec<RunId>,
        /// Runs there are to be.
        total: usize,
        /// What to do.
        advice: String,
    },
    /// Runs are not finished.
    #[error("{} of {total} runs are not finished ({}); run the same command again with --resume", runs.len(), list(runs))]
    Missing {
        /// Which.
        runs: Vec<RunId>,
        /// Runs there are to be.
        total: usize,
    },
    /// Runs of a model do not belong together.
    #[error("the runs of {model} cannot be used: {source}; run the model again, in a folder of its own")]
    Sample {
        /// Name of the model.
        model: String,
        /// What does not fit.
        source: SampleError,
    },
    /// A cell's mean.
    #[error("the combinations cannot be compared: {0}; run them again in one folder")]
    Contrast(#[from] ContrastError),
    /// The whole.
    #[error("the combinations cannot be compared: {0}; run them again in one folder")]
    Factorial(#[from] FactorialError),
}

fn list(runs: &[RunId]) -> String {
    const SHOWN_MAX: usize = 6;
    let mut shown: Vec<String> = runs.iter().take(SHOWN_MAX).map(RunId::to_string).collect();
    if runs.len() > SHOWN_MAX {
        shown.push(format!("{} more", runs.len() - SHOWN_MAX));
    }
    joined(&shown)
}

/// Attributes the gain of the last cell over the first. `diverged` are runs that did; `warnings` are told beside
/// what follows from the number of seeds.
///
/// # Errors
/// Runs that diverged or are missing, and runs that do not belong together.
pub fn attribute(
    question: AttributionQuestion<'_>,
    outcomes: &Outcomes,
    classes: usize,
    diverged: &[RunId],
    mut warnings: Vec<String>,
) -> Result<Attribution, AttributionError> {
    let AttributionQuestion { metric, alpha, seeds, factors, cells } = question;
    let runs = of_cells(question, outcomes, diverged)?;
    let samples = cells
        .iter()
        .zip(&runs)
        .map(|(cell, runs)| {
            samples::sample(metric, runs, &outcomes.labels, classes)
                .map_err(|source| AttributionError::Sample { model: cell.model.name.clone(), source })
        })
        .collect::<Result<Vec<Sample>, _>>()?;
    let found = found(factors.len(), &samples)?;
    let (sets, values) = (found.effects.len() as f64, factors.len() as f64);
    let of_set = |set: u32| {
        let chosen = factors.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
        chosen.map(|(_, factor)| factor.name.clone()).collect::<Vec<String>>()
    };
    let folds = runs.first().and_then(|runs| outcomes::folds(runs));
    let has_verdict = seeds.len() * folds.map_or(1, |folds| folds as usize) >= SEEDS_MIN;
    let cell_summaries = summaries(question, &samples)?;
    let gain = effect(metric, of_set((1 << factors.len()) - 1), &found.gain, alpha);
    let shapley: Vec<Effect> = found
        .shapley
        .iter()
        .enumerate()
        .map(|(factor, estimate)| effect(metric, of_set(1 << factor), estimate, alpha / values))
        .collect();
    let mut seeds = seeds.to_vec();
    seeds.sort_unstable();
    if !has_verdict {
        warnings.insert(0, few_seeds(seeds.len(), folds));
    }
    Ok(Attribution {
        first: cells[0].model.name.clone(),
        second: cells[cells.len() - 1].model.name.clone(),
        metric,
        alpha,
        factors: factors.iter().map(levels_of).collect(),
        cells: cell_summaries,
        fraction: fraction_of(factors),
        effects: found
            .effects
            .iter()
            .map(|(of, estimate)| Effect {
                aliases: of[1..].iter().map(|set| of_set(*set)).collect(),
                ..effect(metric, of_set(of[0]), estimate, alpha / sets)
            })
            .collect(),
        shares: if has_verdict { shares(&found, alpha) } else { None },
        sentence: sentence(question, &gain, &shapley, folds),
        gain,
        shapley,
        seeds,
        folds,
        warnings,
    })
}

/// The gain and what it is due to, whichever design the combinations are.
struct Found {
    gain: Estimate,
    /// Each with the sets of factors that it is the effect of, together where there are several.
    effects: Vec<(Vec<u32>, Estimate)>,
    shapley: Vec<Estimate>,
}

fn found(factors: usize, samples: &[Sample]) -> Result<Found, FactorialError> {
    let Some(fraction) = Fraction::new(factors) else {
        let toile_statistics::Attribution { gain, effects, shapley, .. } = factorial(samples)?;
        let effects = effects.into_iter().map(|one| (vec![one.factors], one.estimate)).collect();
        return Ok(Found { gain, effects, shapley });
    };
    let FractionalAttribution { gain, effects } = fraction.attribute(samples)?;
    let effects: Vec<(Vec<u32>, Estimate)> = effects.into_iter().map(|of| (of.sets, of.estimate)).collect();
    // Main effects come first; without interactions of three they are the Shapley values.
    let shapley = effects.iter().take(factors).map(|(_, estimate)| estimate.clone()).collect();
    Ok(Found { gain, effects, shapley })
}

/// Each factor's share of the gain; `None` where the gain's own interval holds 0.
fn shares(found: &Found, alpha: f64) -> Option<Vec<f64>> {
    let gain = &found.gain;
    (!gain.interval(alpha).contains(0.0))
        .then(|| found.shapley.iter().map(|factor| factor.value / gain.value).collect())
}

fn fraction_of(factors: &[Factor]) -> Option<FractionOf> {
    let fraction = Fraction::new(factors.len())?;
    let name = |factor: usize| factors[factor].name.clone();
    let generators = fraction.generators().into_iter();
    let generators = generators.map(|(factor, of)| (name(factor), of.into_iter().map(name).collect()));
    Some(FractionOf { combinations: 1 << factors.len(), generators: generators.collect() })
}

/// Every combination by itself.
fn summaries(
    question: AttributionQuestion<'_>,
    samples: &[Sample],
) -> Result<Vec<CellSummary>, ContrastError> {
    let AttributionQuestion { metric, alpha, cells, .. } = question;
    let summary = |(cell, sample): (&Cell, &Sample)| {
        let mean = contrast(&[(1.0, sample)])?;
        Ok(CellSummary {
            model: cell.model.name.clone(),
            second_level: cell.second_level.clone(),
            per_seed: sample.per_seed().to_vec(),
            mean: mean.value,
            interval: interval(&mean, alpha).map(|found| found.within(metric.range())),
        })
    };
    cells.iter().zip(samples).map(summary).collect()
}

fn levels_of(Factor { name, first, second, .. }: &Factor) -> FactorLevels {
    FactorLevels { name: name.clone(), first: first.clone(), second: second.clone() }
}

/// The runs of each cell, a run a seed.
fn of_cells<'a>(
    question: AttributionQuestion<'_>,
    outcomes: &'a Outcomes,
    diverged: &[RunId],
) -> Result<Vec<Vec<RunOutcomes>>, AttributionError> {
    let AttributionQuestion { seeds, cells, .. } = question;
    let (mut found, mut missing, mut lost) = (Vec::new(), Vec::new(), Vec::new());
    for Cell { model, .. } in cells {
        let of_model: &'a [RunOutcomes] = outcomes.model(&model.name).map_or(&[], |model| &model.runs);
        let mut runs = Vec::new();
        for &seed in seeds {
            let id = RunId { model: model.name.clone(), seed };
            match of_model.iter().find(|run| run.seed == seed) {
                Some(run) => runs.push(run.clone()),
                None if diverged.contains(&id) => lost.push((id, model.recipe.learning_rate.base)),
                None => missing.push(id),
            }
        }
        found.push(runs);
    }
    let total = cells.len() * seeds.len();
    // The highest rate is the likeliest to blame.
    if let Some(rate) = lost.iter().map(|(_, rate)| *rate).max_by(f64::total_cmp) {
        let runs = lost.into_iter().map(|(id, _)| id).collect();
        return Err(AttributionError::Diverged { runs, total, advice: divergence_advice(rate) });
    }
    if missing.is_empty() { Ok(found) } else { Err(AttributionError::Missing { runs: missing, total }) }
}

/// A single run says nothing of other seeds, so it gets no interval.
fn interval(estimate: &Estimate, alpha: f64) -> Option<Interval> {
    (estimate.scope != Scope::Networks).then(|| {
        let toile_statistics::Interval { low, high } = estimate.interval(alpha);
        Interval { low, high, confidence: 1.0 - alpha }
    })
}

fn effect(metric: Metric, factors: Vec<String>, estimate: &Estimate, alpha: f64) -> Effect {
    let (value, standard_error) = (estimate.value, estimate.standard_error);
    let interval = interval(estimate, alpha).map(|found| found.within(metric.change_range()));
    Effect { factors, aliases: Vec::new(), value, standard_error, interval }
}

fn few_seeds(seeds: usize, folds: Option<u32>) -> String {
    if folds.is_some() {
        return format!(
            "fewer than {SEEDS_MIN} trainings of each combination are too few for a verdict; give the study's \
             cross_validation more folds or more repeats"
        );
    }
    let told = if seeds == 1 { "1 seed of each combination is" } else { "2 seeds of each combination are" };
    format!(
        "{told} too few for a verdict: the values are those of these networks, other seeds may give others. Name at \
         least {SEEDS_MIN} with --seeds"
    )
}

/// The answer: the largest contribution first.
fn sentence(
    question: AttributionQuestion<'_>,
    gain: &Effect,
    shapley: &[Effect],
    folds: Option<u32>,
) -> String {
    let AttributionQuestion { metric, seeds, factors, cells, .. } = question;
    let (first, second) = (&cells[0].model.name, &cells[cells.len() - 1].model.name);
    let mut parts: Vec<(&Factor, &Effect)> = factors.iter().zip(shapley).collect();
    parts.sort_by(|a, b| b.1.value.abs().total_cmp(&a.1.value.abs()));
    let values: Vec<String> = parts
        .iter()
        .map(|(factor, effect)| format!("{} {}", factor.label, with_interval(metric, effect)))
        .collect();
    let answer = format!(
        "Of {}{} from {first} to {second}: {}.",
        with_interval(metric, gain),
        of_metric(metric),
        values.join(", ")
    );
    if seeds.len() * folds.map_or(1, |folds| folds as usize) < SEEDS_MIN {
        let each = if seeds.len() == 1 { "1 seed".to_string() } else { format!("{} seeds", seeds.len()) };
        return format!("{answer} With {each} each these are values without a verdict.");
    }
    let open =
        |effect: &Effect| effect.interval.is_none_or(|interval| interval.low <= 0.0 && 0.0 <= interval.high);
    let undecided: Vec<&str> =
        parts.iter().filter(|(_, effect)| open(effect)).map(|(factor, _)| factor.label.as_str()).collect();
    let doubt = match undecided.as_slice() {
        _ if open(gain) => " The difference itself cannot be told from 0.".to_string(),
        [] => String::new(),
        names => format!(" What {} cannot be told from 0.", contributes(names)),
    };
    answer + &doubt
}

fn contributes(names: &[&str]) -> String {
    let verb = if names.len() == 1 { "contributes" } else { "contribute" };
    format!("{} {verb}", joined(names))
}

fn with_interval(metric: Metric, effect: &Effect) -> String {
    let value = change(metric, effect.value);
    effect.interval.map_or(value.clone(), |Interval { low, high, .. }| {
        format!("{value} {}", change_interval(metric, low, high))
    })
}
