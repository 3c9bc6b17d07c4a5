//! `confusion_matrix.csv` and `confusion_matrix_published.csv`: every cell, in long form.

use toile_draw::over_seeds::{as_numbers, matrices, mean_matrix};
use toile_study::results::StudyResults;

use toile_store::table::{Table, fields};

const COLUMNS: [&str; 6] = ["model", "seeds", "true", "predicted", "images", "share"];

/// Means over the seeds that were tested.
pub(super) fn measured(results: &StudyResults) -> Table {
    let mut table = Table::new(COLUMNS);
    for model in &results.models {
        let names = &results.dataset.class_names;
        let runs = matrices(model, names.len());
        if let Some(matrix) = mean_matrix(&runs) {
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
        let fits = |matrix: &&Vec<Vec<u64>>| {
            matrix.len() == names.len() && matrix.iter().all(|row| row.len() == names.len())
        };
        if let Some(matrix) = matrix.filter(fits) {
            cells(&mut table, &model.name, None, names, &as_numbers(matrix));
        }
    }
    table
}

fn cells(table: &mut Table, model: &str, seeds: Option<usize>, names: &[String], matrix: &[Vec<f64>]) {
    for (truth, row) in names.iter().zip(matrix) {
        let of_class: f64 = row.iter().sum();
        for (called, images) in names.iter().zip(row) {
            let share = (of_class > 0.0).then(|| images / of_class);
            table.row(fields![model, seeds, truth, called, *images, share]);
        }
    }
}
