//! A search of learning rates alone, as `toile explain` reads it: whether an optimizer is tuned.

use super::candidates::Candidate;
use crate::evidence::search::Search;
use crate::evidence::sweep::{Sweep, SweptRate};
use crate::recipe::{Recipe, optimizer_options, schedule_words};
use crate::study::Model;

/// The model's own rate says nothing about one that lies farther from it.
const NEAR: f64 = 10.5;

fn rate_of(candidate: &Candidate) -> f64 {
    candidate.model.recipe.learning_rate.base
}

/// Whether no lower or no higher rate was asked for. The model's own is tried as well, but nobody chose it to lie beside this one.
fn is_edge(best: f64, candidates: &[Candidate]) -> bool {
    let is_near = |rate: f64| rate.max(best) < NEAR * rate.min(best);
    let counts = |of: &&Candidate| of.is_asked || is_near(rate_of(of));
    let counting = || candidates.iter().filter(counts).map(rate_of);
    !(counting().any(|rate| rate < best) && counting().any(|rate| rate > best))
}

/// What a search says of the model's rate, the one that it has among those tried; `None` where something else was varied, or
/// candidates were sorted out on the way. `candidates` are those of the search, in its order.
pub fn rates(model: &Model, found: &Search, candidates: &[Candidate]) -> Option<Sweep> {
    if found.varied != ["lr"] || found.eta.is_some() {
        return None;
    }
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
    // An architecture may have a variable of this name, which is no rate.
    if rates.windows(2).any(|pair| pair[0].learning_rate == pair[1].learning_rate) {
        return None;
    }
    let best = found.best.map(|best| rate_of(&candidates[best]));
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
        at_edge: best.is_some_and(|best| is_edge(best, candidates)),
        best,
        rates,
    })
}
