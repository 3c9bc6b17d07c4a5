//! The head of the report: what was studied, what came out, and the comparison table.

use maud::{Markup, html};
use toile_study::findings::{count, percent, points, shown_run};
use toile_study::results::{ModelResults, Receipt, RunStatus, StudyResults};

use super::words;
use crate::table::rows::{Cell, NOTHING, comparison_rows, is_finished, status};

pub(super) fn header(results: &StudyResults) -> Markup {
    let data = &results.dataset;
    let [channels, height, width] = data.image_shape;
    let title = if results.title.is_empty() { &results.study } else { &results.title };
    let waiting = results.models.iter().filter(|model| !is_finished(model)).count();
    html! {
        header {
            p.kicker { "A study by Toile · " (results.study) }
            h1 { (title) }
            p.lead {
                (results.models.len()) @if results.models.len() == 1 { " model" } @else { " models" }
                " trained on " (count(data.train_images as u64)) " images of " b { (data.name) }
                " (" (data.class_names.len()) " classes, " (width) " × " (height)
                @if channels == 1 { " grey" } @else { " in " (channels) " channels" } ")"
                @if data.validation_images > 0 { ", " (count(data.validation_images as u64)) " held out to choose an epoch" }
                " and tested on " (count(data.test_images as u64)) " others."
            }
            @if waiting > 0 {
                p.warning role="status" {
                    b { "Not all runs are finished. " }
                    @for model in results.models.iter().filter(|model| !is_finished(model)) {
                        span { (model.name) ": " (status(model)) ". " }
                    }
                }
            }
            div.tiles {
                @for (index, model) in results.models.iter().enumerate() { (tile(index, model)) }
            }
        }
    }
}

fn tile(index: usize, model: &ModelResults) -> Markup {
    let run = shown_run(model);
    let tested = run.and_then(|run| run.evaluation.as_ref());
    let accuracy = tested.map(|e| e.test_accuracy);
    let so_far = run.and_then(|run| run.epochs.last()).map(|row| row.test_accuracy);
    let published = model.published.as_ref().and_then(|published| published.accuracy);
    let parameters: usize = model.layers.iter().map(|layer| layer.parameters).sum();
    html! {
        div class={ "tile b" (index % 6) } {
            p.name { (model.name) }
            p.figure { (accuracy.or(so_far).map_or(NOTHING.to_string(), percent)) }
            p.what {
                @if accuracy.is_some() { "test accuracy" } @else if so_far.is_some() { "test accuracy so far" } @else if run.is_some_and(|run| matches!(run.status, RunStatus::Diverged { .. })) { "diverged" } @else { "not tested yet" }
                @if let Some(run) = run { @if model.runs.len() > 1 { ", seed " (run.seed) } }
            }
            p.small {
                @if let Some(published) = published {
                    "published " (percent(published))
                    @if let Some(accuracy) = accuracy { " (" (points(accuracy - published)) ")" }
                    br;
                }
                (count(parameters as u64)) " parameters, " (model.settings.optimizer) ", " (model.settings.epochs) " epochs"
            }
        }
    }
}

pub(super) fn comparison(results: &StudyResults, receipts: &[(String, u64, Receipt)]) -> Markup {
    let rows = comparison_rows(results, receipts);
    let sources = results.models.iter().filter_map(|model| Some(model.published.as_ref()?.source.as_str()));
    let mut sources: Vec<&str> = sources.filter(|source| !source.is_empty()).collect();
    sources.dedup();
    html! {
        section #comparison {
            h2 { "Comparison" }
            div class=(if results.models.len() < 3 { "beside" } else { "stacked" }) {
            div {
            div.scroll {
                table.comparison {
                    thead {
                        tr {
                            td {}
                            @for (index, model) in results.models.iter().enumerate() {
                                th scope="col" { span class={ "swatch b" (index % 6) } {} (model.name) }
                            }
                        }
                    }
                    @for measured in [false, true] {
                        tbody {
                            @for row in rows.iter().filter(|row| row.measured == measured) {
                                tr {
                                    th scope="row" class=[row.label.starts_with(' ').then_some("sub")] { (row.label.trim_start()) }
                                    @for cell in &row.cells { td { (value(cell)) } }
                                }
                            }
                        }
                    }
                }
            }
            @if !sources.is_empty() {
                p.note { "Published figures: " (sources.join("; ")) ". Differences are measured less published." }
            }
            }
            (words::in_short(results))
            }
        }
    }
}

fn value(cell: &Cell) -> Markup {
    html! {
        (cell.value)
        @if let Some(published) = &cell.published {
            small {
                span.nowrap { "published " (published) }
                @if let Some(difference) = &cell.difference { " " span.nowrap { "(" (difference) ")" } }
            }
        }
    }
}
