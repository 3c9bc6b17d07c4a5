//! What each network is worth beside what it costs: accuracy against parameters, multiply-adds and training time.

use maud::{Markup, html};
use toile_draw::charts::costs::{CostChart, CostPoint, SIZES, short_count};
use toile_draw::digits::tick;
use toile_draw::palette::MODELS;
use toile_draw::svg;
use toile_statistics::OverSeeds;
use toile_study::numbers::{count, duration};
use toile_study::results::{ModelResults, Receipt, StudyResults};

use super::figures::{self, Unit};
use crate::table::comparison::NOTHING;

/// One of the costs of a model, in the chart's unit.
type Cost<'a> = &'a dyn Fn(&ModelResults) -> Option<f64>;

/// Only of studies whose networks differ in cost: charts of equal ones would show nothing but their accuracies again.
pub(super) fn section(results: &StudyResults, receipts: &[(String, u64, Receipt)]) -> Markup {
    let minutes = |model: &ModelResults| seconds(model, receipts).map(|seconds| seconds / 60.0);
    let networks = [
        chart(results, "parameters", "parameters", short_count, &|model| Some(parameters(model))),
        chart(results, "multiply-adds", "multiply-adds an image", short_count, &|model| {
            Some(multiply_adds(model))
        }),
    ];
    let networks: Vec<CostChart<'_>> = networks.into_iter().filter(differ).collect();
    if networks.is_empty() {
        return html! {};
    }
    let time = chart(results, "training-time", "minutes of training a run", tick, &minutes);
    let charts: Vec<CostChart<'_>> = networks.into_iter().chain(Some(time).filter(differ)).collect();
    html! {
        section #costs {
            h2 { "What accuracy costs" }
            div.cost-charts {
                @for chart in &charts {
                    figure {
                        figcaption { b { "Test accuracy" } " against " (chart.axis) }
                        @for (size, class) in SIZES { (svg::inline(&chart.picture(size, class))) }
                    }
                }
            }
            p.note {
                "Means over the finished runs of a model, a line from its lowest to its highest; costs on a logarithmic scale. \
                 The dashed steps are the Pareto front: models on it are more accurate than every one that costs no more. \
                 A front is drawn through means, and says nothing of whether they differ by more than chance: that is the \
                 comparison's to say."
            }
            details.table-of { summary { "The values as a table" } div.scroll { (table(results, receipts, &charts)) } }
        }
    }
}

fn parameters(model: &ModelResults) -> f64 {
    model.layers.iter().map(|layer| layer.parameters).sum::<usize>() as f64
}

/// Of a prediction: a model that looks several times at an image pays for each look.
fn multiply_adds(model: &ModelResults) -> f64 {
    let of_a_look = model.layers.iter().map(|layer| layer.multiply_adds).sum::<usize>();
    (of_a_look * model.settings.passes()) as f64
}

/// Mean training time of a run.
fn seconds(model: &ModelResults, receipts: &[(String, u64, Receipt)]) -> Option<f64> {
    let of_model = receipts.iter().filter(|(name, _, _)| *name == model.name);
    let seconds: Vec<f64> = of_model.map(|(_, _, receipt)| receipt.training_seconds).collect();
    OverSeeds::of(&seconds).map(|over| over.mean)
}

/// Of the models that have been tested and cost something.
fn chart<'a>(
    results: &'a StudyResults,
    id: &'static str,
    axis: &'static str,
    text: fn(f64) -> String,
    cost: Cost<'_>,
) -> CostChart<'a> {
    let point = |(index, model): (usize, &'a ModelResults)| {
        let accuracy = OverSeeds::of_finite(figures::accuracy(model).values)?;
        let cost = cost(model).filter(|cost| cost.is_finite() && *cost > 0.0)?;
        Some(CostPoint { model: index, name: &model.name, cost, accuracy })
    };
    CostChart { id, axis, points: results.models.iter().enumerate().filter_map(point).collect(), text }
}

/// Whether there are two costs to compare.
fn differ(chart: &CostChart<'_>) -> bool {
    chart.points.iter().any(|point| point.cost != chart.points[0].cost)
}

fn table(results: &StudyResults, receipts: &[(String, u64, Receipt)], charts: &[CostChart<'_>]) -> Markup {
    let fronts = |index: usize| {
        let on_front =
            |chart: &&CostChart<'_>| chart.front().iter().any(|&place| chart.points[place].model == index);
        let ids: Vec<&str> = charts.iter().filter(on_front).map(|chart| chart.axis).collect();
        if ids.is_empty() { NOTHING.to_string() } else { ids.join(", ") }
    };
    html! {
        table.values {
            caption { "Accuracy and costs" }
            thead { tr {
                th scope="col" { "Model" } th.n scope="col" { "Test accuracy" } th.n scope="col" { "Parameters" }
                th.n scope="col" { "Multiply-adds" } th.n scope="col" { "Training time" } th scope="col" { "On the front of" }
            } }
            tbody { @for (index, model) in results.models.iter().enumerate() { tr {
                th scope="row" { span class={ "swatch b" (index % MODELS) } {} (model.name) }
                td.n { (figures::accuracy(model).text(Unit::Share)) }
                td.n { (count(parameters(model) as u64)) }
                td.n { (count(multiply_adds(model) as u64)) }
                td.n { (seconds(model, receipts).map_or(NOTHING.to_string(), duration)) }
                td { (fronts(index)) }
            } } }
        }
    }
}
