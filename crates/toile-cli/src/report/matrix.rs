//! A matrix of classes as a table, rows true or, for a switch, transposed.

use maud::{Markup, html};
use toile_draw::charts::confusion::Cell;
use toile_draw::numbers::cell_images;

/// The table; `model` names the model whose images a click on a cell shows.
pub(super) fn table(
    names: &[String],
    model: Option<&str>,
    transposed: bool,
    caption: &str,
    cell: impl Fn(usize, usize) -> Cell,
) -> Markup {
    let (down, across) =
        if transposed { ("Predicted label", "True label") } else { ("True label", "Predicted label") };
    let classes = 0..names.len();
    html! {
        table class={ "cm " (if transposed { "flipped" } else { "plain" }) @if model.is_some() { " open" } } data-model=[model] {
            caption.hidden { (caption) }
            thead {
                tr { td {} td {} th.across colspan=(names.len()) scope="colgroup" { (across) } }
                tr { td {} td {} @for name in names { th.name scope="col" { span { (name) } } } }
            }
            tbody {
                @for row in classes.clone() {
                    tr {
                        @if row == 0 { th.down rowspan=(names.len()) scope="rowgroup" { span { (down) } } }
                        th scope="row" { (names[row]) }
                        @for column in classes.clone() {
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
pub(super) fn pairs(names: &[String], matrix: &[Vec<f64>], shown: usize) -> Markup {
    let mut pairs: Vec<(usize, usize)> =
        (0..names.len()).flat_map(|a| (a + 1..names.len()).map(move |b| (a, b))).collect();
    let total = |(a, b): (usize, usize)| matrix[a][b] + matrix[b][a];
    pairs.retain(|pair| total(*pair) > 0.0);
    pairs.sort_by(|a, b| total(*b).total_cmp(&total(*a)));
    pairs.truncate(shown);
    let most = pairs.iter().map(|(a, b)| matrix[*a][*b].max(matrix[*b][*a])).fold(1e-9, f64::max);
    html! {
        figure.confused {
            figcaption { b { "most confused" } ", in both directions" }
            @if pairs.is_empty() { p.note { "No test image is wrong." } }
            table.pairs {
                caption.hidden { "Most confused pairs" }
                @for (a, b) in &pairs {
                    @let (from, to) = if matrix[*b][*a] > matrix[*a][*b] { (*b, *a) } else { (*a, *b) };
                    @for (from, to) in [(from, to), (to, from)] {
                        tr {
                            th scope="row" { (names[from]) " called " (names[to]) }
                            td.n { (cell_images(matrix[from][to])) }
                            td.bar aria-hidden="true" { i style={ "width:" (percent_of(matrix[from][to], most)) } {} }
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
