//! Runs that answer together: what their mean is worth, and what it costs.

use maud::{Markup, html};
use toile_study::results::StudyResults;

use crate::table::ensembles::{HEAD, cells};

pub(super) fn section(results: &StudyResults) -> Markup {
    if results.ensembles.is_empty() {
        return html! {};
    }
    html! {
        section #ensembles {
            h2 { "Ensembles" }
            div.scroll {
                table.values {
                    caption.hidden { "Ensembles" }
                    thead { tr {
                        @for (column, name) in HEAD.iter().enumerate() {
                            @if column < 2 { th scope="col" { (name) } } @else { th.n scope="col" { (name) } }
                        }
                    } }
                    tbody { @for of in &results.ensembles { tr {
                        @for (column, cell) in cells(of).iter().enumerate() {
                            @match column {
                                0 => th scope="row" { (cell) },
                                1 => td { (cell) },
                                _ => td.n { (cell) },
                            }
                        }
                    } } }
                }
            }
            p.note {
                "An ensemble answers with the mean of the probabilities of its members; disjoint groups of seeds are its \
                 repeats, as seeds are a model's, and its figures are means over them ± their standard deviation. In verdicts \
                 a group counts as a seed. The multiply-adds are those of all members."
            }
        }
    }
}
