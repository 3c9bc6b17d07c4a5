//! The head of the report: what was studied, what came out, and the key figures of each model.

use maud::{Markup, html};
use toile_draw::palette::MODELS;
use toile_study::evidence::Evidence;
use toile_study::findings::shown_run;
use toile_study::numbers::{count, counted, percent, points};
use toile_study::results::{ModelResults, RunStatus, StudyResults};

use super::figures::{self, Unit};
use super::names::breakable;
use super::verdict;
use crate::live;
use crate::table::comparison::{NOTHING, is_finished, status};

/// `live` names the models that have a page in which they run.
pub(super) fn header(results: &StudyResults, evidence: &Evidence, live: &[String]) -> Markup {
    let data = &results.dataset;
    let [channels, height, width] = data.image_shape;
    let title = if results.title.is_empty() { &results.study } else { &results.title };
    let waiting = results.models.iter().filter(|model| !is_finished(model)).count();
    html! {
        header {
            p.kicker { "A study by Toile · " (results.study) }
            h1 { (title) }
            (verdict::answer(results, evidence))
            @if waiting > 0 {
                p.warning role="status" {
                    b { "Not all runs are finished. " }
                    @for model in results.models.iter().filter(|model| !is_finished(model)) {
                        span { (model.name) ": " (status(model)) ". " }
                    }
                }
            }
            div.tiles {
                @for (index, model) in results.models.iter().enumerate() { (tile(results, index, model, live.contains(&model.name))) }
            }
            p.lead {
                (results.models.len()) @if results.models.len() == 1 { " model" } @else { " models" }
                @if let Some(of) = &results.cross_validation { " cross-validated in " (of.folds) " folds:" }
                " trained on " (count(data.train_images as u64)) " images of " b { (data.name) }
                " (" (data.class_names.len()) " classes, " (width) " × " (height)
                @if channels == 1 { " grey" } @else { " in " (channels) " channels" } ")"
                @if data.validation_images > 0 { ", " (count(data.validation_images as u64)) " held out to choose an epoch" }
                @if results.cross_validation.is_some() { " and tested on the others, " (count(data.test_images as u64)) " in all" }
                @else { " and tested on " (count(data.test_images as u64)) " others" }
                (seeds(results))
                "."
            }
            @if !results.note.is_empty() {
                p.remark { b { "Note. " } (results.note) }
            }
        }
    }
}

/// How many runs each model has: `, each under 3 seeds`, or `, under 1 to 3 seeds`.
fn seeds(results: &StudyResults) -> String {
    let runs = results.models.iter().map(|model| model.runs.len()).filter(|runs| *runs > 0);
    let (fewest, most) = runs.fold((usize::MAX, 0), |(low, high), runs| (low.min(runs), high.max(runs)));
    let (each, under) = match results.cross_validation {
        None => (", each under", ", under"),
        Some(_) => (", each in", ", in"),
    };
    let runs = results.counted_by();
    match most {
        0 | 1 => String::new(),
        _ if fewest == most => format!("{each} {most} {runs}s"),
        _ => format!("{under} {fewest} to {most} {runs}s"),
    }
}

fn tile(results: &StudyResults, index: usize, model: &ModelResults, is_live: bool) -> Markup {
    let run = shown_run(model);
    let accuracy = figures::accuracy(model);
    let so_far = run.and_then(|run| run.epochs.last()).and_then(|row| row.test_accuracy);
    let published = model.published.as_ref().and_then(|published| published.accuracy);
    let parameters: usize = model.layers.iter().map(|layer| layer.parameters).sum();
    let diverged = run.is_some_and(|run| matches!(run.status, RunStatus::Diverged { .. }));
    html! {
        div class={ "tile b" (index % MODELS) } {
            h2.name { (breakable(&model.name)) }
            p.figure {
                @match accuracy.mean() {
                    Some(mean) => { (percent(mean)) }
                    None => { (so_far.map_or(NOTHING.to_string(), percent)) }
                }
            }
            p.what {
                @if accuracy.mean().is_some() {
                    @if accuracy.values.len() > 1 {
                        "test accuracy, mean of " (accuracy.values.len()) " runs"
                    } @else { "test accuracy" @if let Some(run) = run { ", one run (" (results.run_name(run.seed)) ")" } }
                } @else if so_far.is_some() { "test accuracy so far" }
                @else if diverged { "diverged" } @else { "not tested yet" }
            }
            dl {
                @if let Some(range) = accuracy.range_text(Unit::Share) {
                    div { dt { "runs" } dd { (range) } }
                }
                @if let Some(published) = published {
                    div { dt { "published" } dd { (percent(published)) @if let Some(mean) = accuracy.mean() { " (" (points(mean - published)) ")" } } }
                }
                @let loss = figures::test_loss(model);
                @if loss.mean().is_some() { div { dt { "test loss" } dd { (loss.text(Unit::Loss)) } } }
            }
            p.small {
                (count(parameters as u64)) " parameters, " (model.settings.optimizer_name()) ", " (counted(model.settings.epochs() as usize, "epoch"))
            }
            @if is_live { p.small { a href=(live::link(&model.name)) { "Try it: give it a picture" } } }
        }
    }
}
