//! What the page adds to a line chart: its values as a table, and a key to its lines.

use maud::{Markup, html};
use toile_draw::charts::lines::{LineChart, sample};
use toile_draw::palette::MODELS;
use toile_draw::svg;

/// All values as a table.
pub(super) fn table(chart: &LineChart) -> Markup {
    let columns = chart.values_by_line();
    html! {
        table.values {
            caption { (chart.title) }
            thead {
                tr {
                    th scope="col" { (chart.axis.name) }
                    @for (name, _) in &columns { th.n scope="col" { (name) } }
                }
            }
            tbody {
                @for (row, x) in chart.axis.columns.iter().enumerate() {
                    tr {
                        th scope="row" { ((chart.axis.text)(*x)) }
                        @for (_, values) in &columns { td.n { (values[row].as_deref().unwrap_or("–")) } }
                    }
                }
            }
        }
    }
}

/// Which line is whose, in full; nothing where the colours alone say it.
pub(super) fn key(chart: &LineChart) -> Markup {
    let models = chart.models();
    html! {
        @if models.iter().any(|(model, _)| *model >= MODELS) {
            p.legend.models { @for (model, name) in &models { span { (ornament(*model)) (name) } } }
        }
    }
}

/// A piece of a model's line: its name stands beside it.
fn ornament(model: usize) -> Markup {
    let picture = sample(model);
    html! {
        svg width=(picture.width) height=(picture.height) viewBox={ "0 0 " (picture.width) " " (picture.height) } aria-hidden="true" {
            (svg::shapes(&picture))
        }
    }
}
