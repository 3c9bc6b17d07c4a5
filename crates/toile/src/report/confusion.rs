//! Confusion matrices as tables: counts or shares, rows true or transposed, switched by radio buttons and CSS.

use maud::{Markup, html};
use toile_study::findings::{count, shown_run};
use toile_study::metrics::{confused_pairs, is_square};
use toile_study::results::{ModelResults, StudyResults};

use super::palette::shade;

/// Confused pairs listed beside a matrix.
const PAIRS_SHOWN: usize = 8;

pub(super) fn section(results: &StudyResults) -> Markup {
    let names = &results.dataset.class_names;
    let shown: Vec<(usize, &ModelResults, &Vec<Vec<u64>>)> = results
        .models
        .iter()
        .enumerate()
        .filter_map(|(index, model)| Some((index, model, &shown_run(model)?.evaluation.as_ref()?.confusion)))
        .filter(|(_, _, matrix)| matrix.len() == names.len() && is_square(matrix))
        .collect();
    html! {
        section #confusion {
            h2 { "Confusion matrices" }
            @if shown.is_empty() {
                p.note { "No model has been tested yet." }
            } @else {
                p.note {
                    "Rows are the true class, columns the predicted one, unless transposed. The shade of a cell is \
                     its share of the true class: blue where right, orange where wrong, by the square root so that \
                     rare mistakes show."
                }
                (switches())
                div.matrices {
                    @for (index, model, matrix) in shown {
                        h3 { span class={ "swatch b" (index % 6) } {} (model.name) }
                        div.pair {
                            (figure(names, matrix, "measured"))
                            @match model.published.as_ref().and_then(|published| published.confusion.as_ref()) {
                                Some(published) if published.len() == names.len() && is_square(published) => {
                                    (figure(names, published, "published"))
                                }
                                _ => { (pairs(names, matrix)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Inputs stand before the matrices, so that CSS alone can follow them.
fn switches() -> Markup {
    let radio = |name: &str, id: &str, checked: bool| {
        html! { input type="radio" name=(name) id=(id) checked[checked]; }
    };
    html! {
        (radio("values", "as-counts", true)) label for="as-counts" { "Counts" }
        (radio("values", "as-shares", false)) label for="as-shares" { "% of true class" }
        span.gap {}
        (radio("rows", "rows-true", true)) label for="rows-true" { "Rows true" }
        (radio("rows", "rows-predicted", false)) label for="rows-predicted" { "Transposed" }
    }
}

fn figure(names: &[String], matrix: &[Vec<u64>], which: &str) -> Markup {
    html! {
        figure.matrix {
            figcaption {
                b { (which) } ", "
                span.c { "counts (not normalised)" }
                span.s { "in % of each true class" }
            }
            div.scroll {
                (table(names, matrix, false))
                (table(names, matrix, true))
            }
        }
    }
}

fn table(names: &[String], matrix: &[Vec<u64>], transposed: bool) -> Markup {
    let supports: Vec<u64> = matrix.iter().map(|row| row.iter().sum()).collect();
    let (down, across) =
        if transposed { ("Predicted label", "True label") } else { ("True label", "Predicted label") };
    let classes = 0..names.len();
    html! {
        table class={ "cm " (if transposed { "flipped" } else { "plain" }) } {
            thead {
                tr { td {} td {} th.across colspan=(names.len()) { (across) } }
                tr { td {} td {} @for name in names { th.name scope="col" { span { (name) } } } }
            }
            tbody {
                @for row in classes.clone() {
                    tr {
                        @if row == 0 { th.down rowspan=(names.len()) { span { (down) } } }
                        th scope="row" { (names[row]) }
                        @for column in classes.clone() {
                            @let (truth, called) = if transposed { (column, row) } else { (row, column) };
                            @let images = matrix[truth][called];
                            @let share = images as f64 / supports[truth].max(1) as f64;
                            td class={ (if truth == called { "r" } else { "w" }) (shade(share)) }
                                title={ (count(images)) " of " (names[truth]) " called " (names[called]) } {
                                span.c { (count(images)) }
                                span.s { (share_text(share)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn share_text(share: f64) -> String {
    match share {
        0.0 => "0".into(),
        s if s >= 0.9995 => "100".into(),
        s => format!("{:.1}", s * 100.0),
    }
}

/// The most confused pairs in both directions, beside a matrix that stands alone.
fn pairs(names: &[String], matrix: &[Vec<u64>]) -> Markup {
    let pairs = confused_pairs(matrix);
    let most = pairs.iter().map(|pair| pair.first_as_second).max().unwrap_or(1).max(1);
    let bar = |images: u64| format!("width:{:.1}%", images as f64 / most as f64 * 100.0);
    html! {
        figure.confused {
            figcaption { b { "most confused" } ", in both directions" }
            @if pairs.is_empty() { p.note { "No test image is wrong." } }
            table.pairs {
                @for pair in pairs.iter().take(PAIRS_SHOWN) {
                    @for (from, to, images) in [
                        (pair.first, pair.second, pair.first_as_second),
                        (pair.second, pair.first, pair.second_as_first),
                    ] {
                        tr {
                            th scope="row" { (names[from]) " called " (names[to]) }
                            td.n { (count(images)) }
                            td.bar { i style=(bar(images)) {} }
                        }
                    }
                }
            }
        }
    }
}
