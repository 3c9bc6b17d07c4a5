//! `confusion_matrix.csv` and `confusion_matrix_published.csv`: every cell, in long form; with very many classes the
//! cells that have images.

use toile_draw::mean_matrix::{MeanMatrix, matrices};
use toile_store::WHOLE_CLASSES_MAX;
use toile_store::table::{Table, fields};
use toile_study::results::{ConfusionMatrix, StudyResults};

const COLUMNS: [&str; 6] = ["model", "seeds", "true", "predicted", "images", "share"];

/// Means over the seeds that were tested.
pub(super) fn measured(results: &StudyResults) -> Table {
    let mut table = Table::new(COLUMNS);
    for model in &results.models {
        let names = &results.dataset.class_names;
        let runs = matrices(model, names.len());
        if let Some(matrix) = MeanMatrix::of(&runs) {
            cells(&mut table, &model.name, Some(runs.len()), names, &matrix);
        }
    }
    table
}

/// As somebody published them.
pub(super) fn published(results: &StudyResults) -> Table {
    let mut table = Table::new(COLUMNS);
    let names = &results.dataset.class_names;
    for model in &results.models {
        let matrix = model.published.as_ref().and_then(|published| published.confusion.as_ref());
        let matrix = matrix.and_then(|rows| ConfusionMatrix::from_rows(rows));
        if let Some(matrix) = matrix.filter(|matrix| matrix.classes() == names.len()) {
            cells(&mut table, &model.name, None, names, &matrix.into());
        }
    }
    table
}

fn cells(table: &mut Table, model: &str, seeds: Option<usize>, names: &[String], matrix: &MeanMatrix) {
    for (truth, name) in names.iter().enumerate() {
        let of_class = matrix.support(truth);
        let called: Vec<usize> = match names.len() {
            0..=WHOLE_CLASSES_MAX => (0..names.len()).collect(),
            _ => matrix.sum().row(truth).iter().map(|cell| cell.0 as usize).collect(),
        };
        for called in called {
            let images = matrix.at(truth, called);
            let share = (of_class > 0.0).then(|| images / of_class);
            table.row(fields![model, seeds, name, &names[called], images, share]);
        }
    }
}
