//! Whether the models are as often right as they say: reliability diagrams with the expected calibration error.

use maud::{Markup, html};
use toile_draw::charts::reliability::{diagram, range, share};
use toile_draw::palette::MODELS;
use toile_draw::svg;
use toile_statistics::calibration::{BINS, Bin, reliability};
use toile_study::evidence::Evidence;
use toile_study::evidence::outcomes::ModelOutcomes;
use toile_study::numbers::count;
use toile_study::results::StudyResults;

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
                        (svg::inline(&diagram(&model.name, *index, &bins)))
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
