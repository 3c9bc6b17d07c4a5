//! Published figures beside measured ones, against the range of the seeds.

use maud::{Markup, html};
use toile_draw::charts::strip::strip;
use toile_draw::palette::MODELS;
use toile_draw::svg;
use toile_study::numbers::{count_change, loss_change, points};
use toile_study::results::{ModelResults, StudyResults};

use super::figures::{self, Figure, Unit};

/// A published figure.
struct PublishedRow<'a> {
    model: usize,
    name: &'a str,
    label: String,
    published: f64,
    measured: Figure,
    unit: Unit,
}

pub(super) fn section(results: &StudyResults) -> Markup {
    let rows = rows(results);
    let sources = results.models.iter().filter_map(|model| Some(model.published.as_ref()?.source.as_str()));
    let mut sources: Vec<&str> = sources.filter(|source| !source.is_empty()).collect();
    sources.dedup();
    let several = rows.iter().any(|row| row.measured.values.len() > 1);
    if rows.is_empty() {
        return html! {};
    }
    html! {
        section #published {
            h2 { "Published and measured" }
            div.scroll {
                table.published {
                    caption.hidden { "Published figures beside measured ones" }
                    thead { tr {
                        th scope="col" { "Model" } th scope="col" { "Figure" } th.n scope="col" { "Published" } th.n scope="col" { "Measured" }
                        th.n scope="col" { "Difference" }
                        @if several { th scope="col" { "Runs ● published ◇" } th scope="col" { "In the runs’ range" } }
                    } }
                    tbody { @for row in &rows { tr {
                        th scope="row" { span class={ "swatch b" (row.model % MODELS) } {} (row.name) }
                        td { (row.label) }
                        td.n { (row.unit.text(row.published)) }
                        td.n { (row.measured.text(row.unit)) }
                        td.n { (difference(row)) }
                        @if several {
                            td { (dots(row)) }
                            td { (within(row)) }
                        }
                    } } }
                }
            }
            p.note {
                "Differences are measured less published. "
                @if !several { "One run of each model: how far another " (results.counted_by()) " would lie from it is not known. " }
                @if !sources.is_empty() { "Published by " (sources.join("; ")) "." }
            }
        }
    }
}

fn rows(results: &StudyResults) -> Vec<PublishedRow<'_>> {
    let mut rows = Vec::new();
    for (index, model) in results.models.iter().enumerate() {
        let Some(published) = &model.published else { continue };
        let mut push = |label: String, figure: Option<f64>, measured: Figure, unit| {
            if let Some(published) = figure.filter(|figure| figure.is_finite()) {
                rows.push(PublishedRow { model: index, name: &model.name, label, published, measured, unit });
            }
        };
        push("test accuracy".into(), published.accuracy, figures::accuracy(model), Unit::Share);
        push(
            "last training loss".into(),
            published.training_loss,
            figures::last_training_loss(model),
            Unit::Loss,
        );
        push("test loss".into(), published.evaluation_loss, figures::test_loss(model), Unit::Loss);
        for (class, right) in &published.correct_of_class {
            push(format!("{class} right"), Some(*right as f64), of_class(model, results, class), Unit::Count);
        }
    }
    rows
}

fn of_class(model: &ModelResults, results: &StudyResults, class: &str) -> Figure {
    let index = results.dataset.class_names.iter().position(|name| name == class);
    index.map_or(Figure::default(), |index| figures::right_of_class(model, index))
}

fn difference(row: &PublishedRow) -> String {
    let Some(mean) = row.measured.mean() else { return "–".into() };
    let difference = mean - row.published;
    match row.unit {
        Unit::Share => points(difference),
        Unit::Loss => loss_change(difference),
        Unit::Count => count_change(difference),
    }
}

fn within(row: &PublishedRow) -> &'static str {
    match row.measured.range() {
        Some((low, high)) if row.measured.values.len() > 1 => {
            if (low..=high).contains(&row.published) {
                "✓ yes"
            } else if row.published < low {
                "↓ below"
            } else {
                "↑ above"
            }
        }
        _ => "–",
    }
}

/// The runs as dots on a line, the published figure as a diamond.
fn dots(row: &PublishedRow) -> Markup {
    let Some((low, high)) = row.measured.range() else { return html! {} };
    let [low, high, published] = [low, high, row.published].map(|value| row.unit.text(value));
    let title = format!("Runs from {low} to {high}, published {published}");
    let picture = strip(title, row.model, &row.measured.values, row.published);
    html! { @if let Some(picture) = picture { (svg::inline(&picture)) } }
}
