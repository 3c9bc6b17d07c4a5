//! A matrix of classes as a table, rows true or, for a switch, transposed.

use maud::{Markup, html};
use toile_draw::charts::confusion::Cell;
use toile_draw::mean_matrix::MeanMatrix;
use toile_draw::numbers::cell_images;
use toile_study::metrics::confused_pairs;

/// The table of these classes; `model` names the model whose images a click on a cell shows.
pub(super) fn table(
    names: &[String],
    classes: &[usize],
    model: Option<&str>,
    transposed: bool,
    caption: &str,
    cell: impl Fn(usize, usize) -> Cell,
) -> Markup {
    let (down, across) =
        if transposed { ("Predicted label", "True label") } else { ("True label", "Predicted label") };
    html! {
        table class={ "cm " (if transposed { "flipped" } else { "plain" }) @if model.is_some() { " open" } } data-model=[model] {
            caption.hidden { (caption) }
            thead {
                tr { td {} td {} th.across colspan=(classes.len()) scope="colgroup" { (across) } }
                tr { td {} td {} @for class in classes { th.name scope="col" { span { (names[*class]) } } } }
            }
            tbody {
                @for (place, &row) in classes.iter().enumerate() {
                    tr {
                        @if place == 0 { th.down rowspan=(classes.len()) scope="rowgroup" { span { (down) } } }
                        th scope="row" { (names[row]) }
                        @for &column in classes {
                            @let (t, p) = if transposed { (column, row) } else { (row, column) };
                            @let cell = cell(t, p);
                            td class=(cell.class()) title=(cell.says) data-true=[model.map(|_| t)] data-predicted=[model.map(|_| p)] data-model=[model] {
                                span.c { (cell.images) } span.s { (cell.share) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The most confused pairs in both directions, beside a matrix that stands alone.
pub(super) fn pairs(names: &[String], matrix: &MeanMatrix, shown: usize) -> Markup {
    let mut pairs = confused_pairs(matrix.sum());
    pairs.truncate(shown);
    let most = pairs.iter().map(|pair| matrix.at(pair.first, pair.second)).fold(1e-9, f64::max);
    html! {
        figure.confused {
            figcaption { b { "most confused" } ", in both directions" }
            @if pairs.is_empty() { p.note { "No test image is wrong." } }
            table.pairs {
                caption.hidden { "Most confused pairs" }
                @for pair in &pairs {
                    @for (from, to) in [(pair.first, pair.second), (pair.second, pair.first)] {
                        tr {
                            th scope="row" { (names[from]) " called " (names[to]) }
                            td.n { (cell_images(matrix.at(from, to))) }
                            td.bar aria-hidden="true" { i style={ "width:" (percent_of(matrix.at(from, to), most)) } {} }
                        }
                    }
                }
            }
        }
    }
}

fn percent_of(part: f64, whole: f64) -> String {
    format!("{:.1}%", part / whole * 100.0)
}
