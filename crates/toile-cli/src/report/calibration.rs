//! Whether the models are as often right as they say: reliability diagrams with the expected calibration error.

use maud::{Markup, html};
use toile_statistics::calibration::{BINS, Bin, reliability};
use toile_study::evidence::Evidence;
use toile_study::evidence::outcomes::ModelOutcomes;
use toile_study::numbers::count;
use toile_study::results::StudyResults;

use super::chart::{MODELS, n};
use super::comparison::{confidence, ece};
use super::figures::Unit;

pub(super) fn section(results: &StudyResults, evidence: &Evidence) -> Markup {
    let outcomes = &evidence.outcomes;
    let models: Vec<(usize, &ModelOutcomes)> = results
        .models
        .iter()
        .enumerate()
        .filter_map(|(index, model)| Some((index, outcomes.model(&model.name)?)))
        .collect();
    if models.is_empty() {
        return html! {};
    }
    let several = models.iter().any(|(_, model)| model.runs.len() > 1);
    html! {
        section #calibration {
            h2 { "Calibration" }
            div.reliabilities {
                @for (index, model) in &models {
                    @let bins = bins(model, &outcomes.labels);
                    figure {
                        figcaption {
                            span class={ "swatch b" (index % MODELS) } {} b { (model.name) }
                            ": " abbr title="expected calibration error" { "ECE" } " " (ece(outcomes, &model.name).text(Unit::Share))
                        }
                        (diagram(&model.name, *index, &bins))
                        details.table-of { summary { "The values as a table" } div.scroll { (table(&model.name, &bins)) } }
                    }
                }
            }
            p.note {
                "Test images by the confidence of their predicted class, in " (BINS) " bins of equal width. A bar is the share \
                 of a bin that is right; the tick across it is the mean confidence. Bars below the dashed line: surer than \
                 right. Below: how many images fall into each bin. ECE is the mean distance of the two, weighted by images."
                @if several { " Bars are over the images of all runs; ECE is the mean over the runs ± its standard deviation." }
            }
        }
    }
}

/// Of all runs together.
fn bins(model: &ModelOutcomes, labels: &[u32]) -> [Bin; BINS] {
    let all: Vec<f64> = model.runs.iter().flat_map(confidence).collect();
    let correct: Vec<bool> = model.runs.iter().flat_map(|run| run.correct(labels)).collect();
    reliability(&all, &correct)
}

const SIDE: f64 = 260.0;
const LEFT: f64 = 44.0;
const TOP: f64 = 10.0;
const BELOW: f64 = 54.0;

fn diagram(name: &str, index: usize, bins: &[Bin; BINS]) -> Markup {
    let width = SIDE / BINS as f64;
    let x = |share: f64| LEFT + share * SIDE;
    let y = |share: f64| TOP + (1.0 - share) * SIDE;
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(1).max(1) as f64;
    let images: u64 = bins.iter().map(|bin| bin.count).sum();
    let base = TOP + SIDE + 26.0 + BELOW;
    html! {
        svg class={ "chart reliability c" (index % MODELS) } viewBox={ "0 0 " (n(LEFT + SIDE + 16.0)) " " (n(base + 40.0)) } role="img"
            data-chart="reliability" data-model=(name) aria-label={ "Reliability of " (name) ", values in the table below" } {
            @for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
                line.grid x1=(n(x(0.0))) x2=(n(x(1.0))) y1=(n(y(tick))) y2=(n(y(tick))) {}
                text.tick x=(n(LEFT - 8.0)) y=(n(y(tick) + 4.0)) text-anchor="end" { (format!("{:.0} %", tick * 100.0)) }
                text.tick x=(n(x(tick))) y=(n(base + 16.0)) text-anchor="middle" { (format!("{:.0} %", tick * 100.0)) }
            }
            @for (place, bin) in bins.iter().enumerate() {
                @let left = LEFT + place as f64 * width;
                @if let (Some(accuracy), Some(sure)) = (bin.accuracy, bin.confidence) {
                    rect.share x=(n(left + 1.0)) width=(n(width - 2.0)) y=(n(y(accuracy))) height=(n(y(0.0) - y(accuracy))) {}
                    line.sure x1=(n(left + 1.0)) x2=(n(left + width - 1.0)) y1=(n(y(sure))) y2=(n(y(sure))) {}
                }
                @let high = bin.count as f64 / most * BELOW;
                rect.count x=(n(left + 1.0)) width=(n(width - 2.0)) y=(n(base - high)) height=(n(high)) {}
                rect.strip x=(n(left)) width=(n(width)) y=(n(TOP)) height=(n(base - TOP)) data-x=(n(left + width / 2.0)) { title { (said(place, bin)) } }
            }
            line.diagonal x1=(n(x(0.0))) x2=(n(x(1.0))) y1=(n(y(0.0))) y2=(n(y(1.0))) {}
            line.axis x1=(n(x(0.0))) x2=(n(x(1.0))) y1=(n(y(0.0))) y2=(n(y(0.0))) {}
            line.axis x1=(n(x(0.0))) x2=(n(x(1.0))) y1=(n(base)) y2=(n(base)) {}
            text.tick x=(n(LEFT)) y=(n(base - BELOW - 8.0)) { (count(images)) " images" }
            text.tick x=(n(x(0.5))) y=(n(base + 33.0)) text-anchor="middle" { "confidence" }
        }
    }
}

fn range(place: usize) -> String {
    let end = |place: usize| format!("{:.0}", place as f64 / BINS as f64 * 100.0);
    format!("{} to {} %", end(place), end(place + 1))
}

fn share(value: Option<f64>) -> String {
    value.map_or("–".into(), |value| format!("{:.1} %", value * 100.0))
}

fn said(place: usize, bin: &Bin) -> String {
    let head = format!("Confidence {}", range(place));
    match bin.count {
        0 => format!("{head}\nno image"),
        images => format!(
            "{head}\nright: {}\nmean confidence: {}\nimages: {}",
            share(bin.accuracy),
            share(bin.confidence),
            count(images)
        ),
    }
}

fn table(model: &str, bins: &[Bin; BINS]) -> Markup {
    html! {
        table.values {
            caption { "Reliability of " (model) }
            thead { tr { th scope="col" { "Confidence" } th.n scope="col" { "Right" } th.n scope="col" { "Mean confidence" } th.n scope="col" { "Images" } } }
            tbody { @for (place, bin) in bins.iter().enumerate() { tr {
                th scope="row" { (range(place)) } td.n { (share(bin.accuracy)) } td.n { (share(bin.confidence)) } td.n { (count(bin.count)) }
            } } }
        }
    }
}
