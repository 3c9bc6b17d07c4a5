//! A search of learning rates alone, as `toile explain` reads it: whether an optimizer is tuned.

use super::candidates::Candidate;
use crate::evidence::search::Search;
use crate::evidence::sweep::{Sweep, SweptRate};
use crate::recipe::{Recipe, optimizer_options, schedule_words};
use crate::study::Model;

/// What a search says of the model's rate, the one that it has among those tried; `None` where something else was varied, or
/// candidates were sorted out on the way. `candidates` are those of the search, in its order.
pub fn rates(model: &Model, found: &Search, candidates: &[Candidate]) -> Option<Sweep> {
    if found.varied != ["lr"] || found.eta.is_some() {
        return None;
    }
    let rate_of = |candidate: &Candidate| candidate.model.recipe.learning_rate.base;
    let mut rates: Vec<SweptRate> = found
        .candidates
        .iter()
        .zip(candidates)
        .map(|(tried, candidate)| SweptRate {
            learning_rate: rate_of(candidate),
            runs: tried.runs.clone(),
            validation_accuracy: tried.validation_accuracy,
            validation_loss: tried.validation_loss,
        })
        .collect();
    rates.sort_by(|a, b| a.learning_rate.total_cmp(&b.learning_rate));
    let best = found.best.map(|best| rate_of(&candidates[best]));
    let is_best = |rate: Option<&SweptRate>| rate.map(|rate| rate.learning_rate) == best;
    let Recipe { optimizer, learning_rate, .. } = &model.recipe;
    Some(Sweep {
        model: model.name.clone(),
        recipe: model.recipe.tuning_digest(),
        optimizer: optimizer.name().to_string(),
        optimizer_options: optimizer_options(optimizer),
        schedule: schedule_words(learning_rate),
        epochs: found.candidates[0].epochs,
        validation: found.validation,
        seeds: found.seeds.clone(),
        at_edge: best.is_some() && (is_best(rates.first()) || is_best(rates.last())),
        best,
        rates,
    })
}
