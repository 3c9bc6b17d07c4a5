//! The confusion matrix, to look up how far an answer can be trusted.

use maud::{Markup, html};
use toile_draw::charts::confusion::cell;
use toile_draw::charts::confusion_table::{Cells, ConfusionTable};
use toile_draw::confused::{left_out, shown_classes};
use toile_draw::mean_matrix::MeanMatrix;
use toile_draw::palette;
use toile_study::trained::Trained;

use crate::extras::Extras;

/// The classes that pick a cell's colour: `r` where it is right, `w` where it is wrong.
pub(super) fn css() -> String {
    let rule = |letter: &str, shade: usize| {
        format!(".cm .{letter}{shade}{{background:var(--{letter}{shade});color:var(--{letter}{shade}t)}}")
    };
    (0..palette::SHADES).flat_map(|shade| [rule("r", shade), rule("w", shade)]).collect::<String>() + "\n"
}

/// The matrix of the run on its test images; nothing where none was measured, or where it is of other classes.
pub(super) fn section(trained: &Trained, extras: &Extras) -> Markup {
    let names = &trained.class_names;
    let Some(confusion) = extras.evaluation.as_ref().map(|evaluation| &evaluation.confusion) else {
        return html! {};
    };
    if confusion.classes() != names.len() {
        return html! {};
    }
    let classes = shown_classes(confusion);
    let matrix = MeanMatrix::from(confusion.clone());
    let table = ConfusionTable {
        id: Some("matrix"),
        caption: "Confusion matrix of the test images",
        names,
        classes: &classes,
        transposed: false,
        cells: Cells::Images,
    };
    html! {
        section aria-labelledby="matrix-title" {
            h2 #matrix-title { "What it confuses" }
            p.note {
                "The test images by their true class (rows) and by what the network says (columns); the column of the answer above is \
                 framed. Shades are shares of the true class: blue where right, orange where wrong."
                @if let Some(which) = left_out(names.len()) { " Shown are " (which) "." }
            }
            div.scroll tabindex="0" role="region" aria-label="Confusion matrix" {
                (table.markup(|truth, called| cell(names, &matrix, truth, called)))
            }
            p #cell-says.note role="status" {}
        }
    }
}
