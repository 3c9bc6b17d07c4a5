//! A matrix of classes as a table, rows true or, for a switch, transposed.

use maud::{Markup, html};

use super::figures::decimal;
use super::palette::shade;

/// What a cell looks like and says.
pub(super) struct Cell {
    /// `r` for right, `w` for wrong: its colour.
    pub(super) letter: char,
    pub(super) shade: usize,
    /// In images.
    pub(super) text: String,
    /// As a share of the true class.
    pub(super) share: String,
    /// In a sentence.
    pub(super) title: String,
}

/// Of a confusion matrix: images, or means of them.
pub(super) fn confusion_cell(names: &[String], matrix: &[Vec<f64>], t: usize, p: usize) -> Cell {
    let images = matrix[t][p];
    let share = images / matrix[t].iter().sum::<f64>().max(1.0);
    Cell {
        letter: if t == p { 'r' } else { 'w' },
        shade: shade(share),
        text: images_text(images),
        share: share_text(share),
        title: format!("{} of {} called {}", images_text(images), names[t], names[p]),
    }
}

/// Of the difference of two: `second - first`, blue where that is for the better.
pub(super) fn change_cell(
    names: &[String],
    first: &[Vec<f64>],
    second: &[Vec<f64>],
    t: usize,
    p: usize,
) -> Cell {
    let change = second[t][p] - first[t][p];
    let share = change / first[t].iter().sum::<f64>().max(1.0);
    let better = (t == p) == (change > 0.0);
    let signed = if change >= 0.05 { format!("+{}", images_text(change)) } else { images_text(change) };
    Cell {
        letter: if better { 'r' } else { 'w' },
        shade: shade(share.abs()),
        title: format!("{signed} of {} called {}", names[t], names[p]),
        text: signed,
        share: match share_text(share.abs()) {
            text if share > 0.0 => format!("+{text}"),
            text if share < 0.0 => format!("−{text}"),
            text => text,
        },
    }
}

/// Means of counts: one decimal only where it says something.
pub(super) fn images_text(images: f64) -> String {
    decimal(if images.abs() >= 99.95 { images.round() } else { images })
}

fn share_text(share: f64) -> String {
    match share {
        0.0 => "0".into(),
        s if s.abs() < 0.0005 => "<0.1".into(),
        s if s >= 0.9995 => "100".into(),
        s => format!("{:.1}", s * 100.0),
    }
}

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
                            @let Cell { letter, shade, text, share, title } = cell(t, p);
                            td class={ (letter) (shade) } title=(title) data-true=[model.map(|_| t)] data-predicted=[model.map(|_| p)] data-model=[model] {
                                span.c { (text) } span.s { (share) }
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
                            td.n { (images_text(matrix[from][to])) }
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
