//! Test images that say something by themselves: those with the highest loss, those that one model fixes or breaks.

use maud::{Markup, html};
use toile_draw::palette::MODELS;
use toile_study::evidence::Evidence;
use toile_study::evidence::comparison::ComparedPair;
use toile_study::evidence::outcomes::{ModelOutcomes, RunOutcomes};
use toile_study::numbers::{count, fixed, rough_percent};
use toile_study::results::StudyResults;

use super::album::{Album, changed, hardest, lowest_seed, shown_pairs};

pub(super) fn section(results: &StudyResults, evidence: &Evidence, album: &Album) -> Markup {
    if album.is_empty() {
        return html! {};
    }
    html! {
        section #images {
            h2 { "Images" }
            @for pair in shown_pairs(evidence) {
                (change(results, evidence, album, pair, true))
                (change(results, evidence, album, pair, false))
            }
            @for model in &evidence.outcomes.models { (of_model(results, evidence, album, model)) }
        }
    }
}

fn class(results: &StudyResults, index: u32) -> &str {
    results.dataset.class_names.get(index as usize).map_or("?", String::as_str)
}

fn swatch(results: &StudyResults, model: &str) -> Markup {
    let index = results.models.iter().position(|known| known.name == model).unwrap_or(0);
    html! { span class={ "swatch b" (index % MODELS) } {} }
}

/// What a run makes of an image: `Coat, 91.3 % sure`.
fn said(results: &StudyResults, run: &RunOutcomes, index: u32) -> String {
    let index = index as usize;
    let sure = rough_percent(f64::from(run.confidence[index]));
    format!("{}, {sure} sure", class(results, run.predictions[index]))
}

fn of_model(results: &StudyResults, evidence: &Evidence, album: &Album, model: &ModelOutcomes) -> Markup {
    let labels = &evidence.outcomes.labels;
    let Some(run) = lowest_seed(model) else { return html! {} };
    let several = model.runs.len() > 1;
    html! {
        h3 { span { (swatch(results, &model.name)) "Highest loss under " (model.name) } small {
            @if several { "mean over " (model.runs.len()) " " (results.counted_by()) "s; the call is that of " (results.run_name(run.seed)) } @else { (results.run_name(run.seed)) }
        } }
        ul.images {
            @for (index, loss) in hardest(model) {
                @let truth = class(results, labels[index as usize]);
                @let text = format!("Test image {index}: {truth}, called {}, loss {}", said(results, run, index), fixed(loss, 2));
                @if let Some(image) = album.image(index, &text) {
                    li {
                        (image)
                        span.true { (truth) }
                        @if run.predictions[index as usize] != labels[index as usize] { span.called { "called " (class(results, run.predictions[index as usize])) } }
                        @else { span.called { "called right" } }
                        span.number { "loss " (fixed(loss, 1)) br; "no. " (index) }
                    }
                }
            }
        }
    }
}

fn change(
    results: &StudyResults,
    evidence: &Evidence,
    album: &Album,
    pair: &ComparedPair,
    fixed: bool,
) -> Markup {
    let outcomes = &evidence.outcomes;
    let all = if fixed { pair.fixed_by_every_seed.len() } else { pair.broken_by_every_seed.len() };
    let runs = |name: &str| outcomes.model(name).and_then(lowest_seed);
    let (Some(first), Some(second)) = (runs(&pair.first), runs(&pair.second)) else { return html! {} };
    let several = outcomes.models.iter().any(|model| model.runs.len() > 1);
    let every = if results.cross_validation.is_some() { " in every repeat" } else { " under every seed" };
    let (does, seeds) = (if fixed { "fixes" } else { "breaks" }, if several { every } else { "" });
    let images: Vec<(u32, Markup)> = changed(outcomes, pair, fixed)
        .into_iter()
        .filter_map(|index| {
            let truth = class(results, outcomes.labels[index as usize]);
            let (a, b) = (said(results, first, index), said(results, second, index));
            let text =
                format!("Test image {index}: {truth}; {} says {a}, {} says {b}", pair.first, pair.second);
            Some((index, album.image(index, &text)?))
        })
        .collect();
    html! {
        h3 { span { (swatch(results, &pair.second)) (pair.second) " " (does) (seeds) } small {
            @if all == 0 { "none" } @else { (images.len()) " of " (count(all as u64)) ", those whose loss changed most" }
        } }
        @if all == 0 {
            p.note { "There is no test image that " (pair.first) " gets " (if fixed { "wrong" } else { "right" }) " and " (pair.second) " " (if fixed { "right" } else { "wrong" }) (seeds) "." }
        }
        ul.images {
            @for (index, image) in images {
                @let wrong = if fixed { first } else { second };
                li {
                    (image)
                    span.true { (class(results, outcomes.labels[index as usize])) }
                    span.called { (if fixed { "was called " } else { "now called " }) (class(results, wrong.predictions[index as usize])) }
                    span.number { "no. " (index) }
                }
            }
        }
    }
}
