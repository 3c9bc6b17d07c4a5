//! Loss and accuracy over the epochs: means over the seeds with bands from the lowest to the highest run.

use maud::{Markup, html};
use toile_draw::charts::curves;
use toile_draw::charts::lines::{Images, LineChart, SIZES};
use toile_draw::scale::Scale;
use toile_draw::svg;
use toile_study::results::StudyResults;

use super::lines::{key, table};

pub(super) fn section(results: &StudyResults) -> Markup {
    let validation = results.dataset.validation_images > 0;
    let lines = curves::of_study(results);
    let charts = curves::charts(&lines, &results.models);
    let several = results.models.iter().any(|model| model.runs.len() > 1);
    let single = charts.iter().flat_map(|chart| &chart.series).any(|series| !series.others.is_empty());
    html! {
        section #curves {
            h2 { "Curves" }
            @if charts.iter().all(LineChart::is_empty) {
                p.note { "No epoch is done yet." }
            } @else {
                div.switched {
                    (switch(&charts[0]))
                    (legend(results, validation, several, charts.iter().any(|chart| !chart.marks.is_empty())))
                    @if let Some(chart) = charts.iter().find(|chart| !chart.is_empty()) { (key(chart)) }
                    div.charts {
                        @for chart in &charts { (figure(chart)) }
                    }
                }
                details.table-of {
                    summary { "The values as tables" }
                    @for chart in &charts { div.scroll { (table(chart)) } }
                }
                p.note {
                    "Training figures are means over the epoch as training saw it, with dropout on and the weights \
                     moving. Evaluation figures are those of the test images after the epoch; nothing was chosen \
                     by them."
                    @if validation { " Validation figures are those of the images held out of training." }
                    @if several { " Lines are means over the finished runs, bands reach from the lowest to the highest." }
                    @if single { " Thin lines are single runs that are no part of a mean: under way, or diverged." }
                }
            }
        }
    }
}

/// Linear or logarithmic, by radio buttons that CSS follows.
fn switch(chart: &LineChart) -> Markup {
    html! {
        @if !chart.is_empty() && chart.fits(Scale::Log) {
            input #loss-linear type="radio" name="scale" checked; label.first for="loss-linear" { "Linear loss" }
            input #loss-log type="radio" name="scale"; label.last for="loss-log" { "Logarithmic" }
        }
    }
}

fn figure(chart: &LineChart) -> Markup {
    // Of two scales the switch shows one.
    let scales = if chart.id == "loss" && chart.fits(Scale::Log) {
        vec![Scale::Linear, Scale::Log]
    } else {
        vec![Scale::Linear]
    };
    html! {
        @if !chart.is_empty() {
            figure {
                figcaption { (chart.title) }
                @for scale in &scales {
                    div class=[(scales.len() > 1).then(|| format!("as-{}", scale.name()))] {
                        @for (size, class) in SIZES { (svg::inline(&chart.picture(*scale, size, class))) }
                    }
                }
            }
        }
    }
}

fn legend(results: &StudyResults, validation: bool, several: bool, published: bool) -> Markup {
    html! {
        p.legend {
            @for images in Images::ALL.into_iter().filter(|images| validation || *images != Images::Validation) {
                span {
                    svg width="34" height="10" viewBox="0 0 34 10" aria-hidden="true" {
                        path.key d="M1 5H33" stroke-dasharray=(dashes(images)) {}
                    }
                    (images.name())
                }
            }
            @if several {
                span {
                    svg width="34" height="12" viewBox="0 0 34 12" aria-hidden="true" { rect.shade width="34" height="12" rx="2" {} }
                    "range over " (results.counted_by()) "s"
                }
            }
            @if published {
                span {
                    svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true" {
                        path.key d="M7 1.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z" {}
                    }
                    "published"
                }
            }
        }
    }
}

fn dashes(images: Images) -> String {
    let dashes: Vec<String> = toile_draw::charts::lines::dashes(images).iter().map(f32::to_string).collect();
    if dashes.is_empty() { "none".into() } else { dashes.join(" ") }
}
