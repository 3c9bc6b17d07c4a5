//! `report.html` and `confusion_matrix.svg`.

use toile::report::{confusion_matrix_svg, render};
use toile_study::results::{LayerRow, RunStatus};

use crate::golden::{check, plausible_receipts, plausible_results};

fn resolved() -> Vec<(String, String)> {
    let text = "name = \"baseline-vs-better\"\n\n[model.baseline]\nepochs = 20\n";
    vec![("baseline".into(), text.into())]
}

#[test]
fn report_of_the_plausible_study() {
    check("report.html", &render(&plausible_results(), &plausible_receipts(), &resolved()));
}
