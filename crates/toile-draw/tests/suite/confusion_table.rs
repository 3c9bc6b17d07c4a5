//! The table of a confusion matrix.

use toile_draw::charts::confusion::cell;
use toile_draw::charts::confusion_table::{Cells, ConfusionTable};
use toile_draw::mean_matrix::MeanMatrix;
use toile_study::results::ConfusionMatrix;

/// Three of four images of `a` are right, the other is called `b`.
fn markup(transposed: bool, cells: Cells<'_>) -> String {
    let names = ["a", "b"].map(str::to_owned);
    let matrix = MeanMatrix::from(ConfusionMatrix::from_rows(&[vec![3, 1], vec![0, 2]]).expect("a square"));
    let of = ConfusionTable { id: None, caption: "m", names: &names, classes: &[0, 1], transposed, cells };
    of.markup(|truth, called| cell(&names, &matrix, truth, called)).into_string()
}

#[test]
fn rows_are_true_unless_it_is_transposed() {
    let both = Cells::ImagesAndShares { model: Some("cnn") };
    let plain = markup(false, both);
    let first = plain.find("1 of a called b").expect("the mistake");
    assert!(first < plain.find("0 of b called a").expect("the other"), "{plain}");
    assert!(plain.contains("class=\"cm plain open\" data-model=\"cnn\""), "{plain}");
    assert!(plain.contains("data-true=\"0\" data-predicted=\"1\" data-model=\"cnn\""), "{plain}");
    assert!(plain.contains("<span class=\"c\">1</span><span class=\"s\">25.0</span>"), "{plain}");
    let flipped = markup(true, both);
    let first = flipped.find("0 of b called a").expect("the other");
    assert!(first < flipped.find("1 of a called b").expect("the mistake"), "{flipped}");
    assert!(flipped.contains("cm flipped open"), "{flipped}");
}

#[test]
fn a_table_to_look_up_says_what_is_predicted_and_opens_nothing() {
    let of = markup(false, Cells::Images);
    assert!(of.contains("<table class=\"cm\">"), "{of}");
    assert!(of.contains("<th class=\"name\" scope=\"col\" data-predicted=\"1\">"), "{of}");
    assert!(of.contains("title=\"1 of a called b\" data-predicted=\"1\">1</td>"), "{of}");
    let closed = markup(false, Cells::ImagesAndShares { model: None });
    assert!(closed.contains("<table class=\"cm plain\">") && !closed.contains("data-"), "{closed}");
}
