//! The most confused pairs, beside a matrix that stands alone.

use maud::{Markup, html};
use toile_draw::digits::cell_images;
use toile_draw::mean_matrix::MeanMatrix;
use toile_study::metrics::confused_pairs;

use crate::bar::bar;

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
                            td.bar aria-hidden="true" { (bar(matrix.at(from, to) / most)) }
                        }
                    }
                }
            }
        }
    }
}
