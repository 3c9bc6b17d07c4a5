//! Accuracy that remains as hidden units are silenced.

use maud::{Markup, html};
use toile_study::evidence::Evidence;
use toile_study::evidence::silencing::Silencing;
use toile_study::numbers::{joined, percent};
use toile_study::results::StudyResults;

use super::chart::{Axis, Chart, Kind, Point, SIZES, Scale, Series};
use super::curves::tick_percent;

pub(super) fn section(results: &StudyResults, evidence: &Evidence) -> Markup {
    let Some(silencing) = &evidence.silencing else { return html! {} };
    let chart = chart(results, silencing);
    html! {
        section #silencing {
            h2 { "Silenced units" }
            @if !chart.is_empty() {
                (chart.key())
                div.charts { figure {
                    figcaption { (chart.title) }
                    @for (size, class) in SIZES { (chart.draw(Scale::Linear, size, class)) }
                } }
                details.table-of { summary { "The values as a table" } div.scroll { (chart.table()) } }
            }
            p.note {
                "Units of " (joined(&silencing.layers)) " set to 0 at random, " (silencing.draws) " draws for each share and seed. \
                 Lines are means, bands reach from the lowest to the highest draw. A network that leans on few units falls early."
            }
        }
    }
}

fn chart<'a>(results: &StudyResults, silencing: &'a Silencing) -> Chart<'a> {
    let mut columns: Vec<f64> =
        silencing.models.iter().flat_map(|model| model.points.iter().map(|point| point.share)).collect();
    columns.sort_by(f64::total_cmp);
    columns.dedup();
    let series = silencing.models.iter().enumerate().map(|(place, model)| Series {
        model: results.models.iter().position(|known| known.name == model.name).unwrap_or(place),
        name: &model.name,
        kind: Kind::Training,
        points: model
            .points
            .iter()
            .filter(|point| point.mean.is_finite())
            .map(|point| Point {
                x: point.share,
                mean: point.mean,
                low: point.range[0],
                high: point.range[1],
            })
            .collect(),
        others: Vec::new(),
    });
    Chart {
        id: "silencing",
        title: "Accuracy with silenced hidden units",
        series: series.collect(),
        marks: Vec::new(),
        axis: Axis {
            name: "share of hidden units silenced",
            // From nothing silenced on, whatever was asked for: the ticks are round.
            low: 0.0,
            high: columns.last().copied().unwrap_or(1.0),
            ticks: super::chart::ticks(0.0, columns.last().copied().unwrap_or(1.0), 5.0)
                .into_iter()
                .filter(|tick| columns.last().is_some_and(|last| *tick <= last + 1e-9))
                .collect(),
            columns,
            text: tick_percent,
            head: |share| format!("{} silenced", tick_percent(share)),
        },
        from_zero: true,
        limit: 1.0,
        kinds: false,
        tick_text: tick_percent,
        value_text: percent,
    }
}
