//! The numbers behind every chart of the report, as CSV files in the folder `data` beside it.
//!
//! One table a chart, in long form. What is not known yet has no file. The columns are described in
//! `docs/files.md`; a test holds the two together.

mod attribution;
mod changes;
mod classes;
mod comparison;
mod confusion;
mod curves;
mod images;
mod published;
mod reliability;
mod silencing;

use toile_study::run::StudyView;

use super::csv::Table;

/// Where they are, in the study's folder.
pub(super) const FOLDER: &str = "data";

/// The tables, as (name of the file, table), that hold a row.
pub(super) fn tables(study: StudyView<'_>) -> Vec<(&'static str, Table)> {
    let StudyView { results, evidence, .. } = study;
    // Between two epochs no run ends: only the curves grow.
    let mut tables = vec![("curves.csv", curves::table(results))];
    if !study.between_epochs {
        tables.extend([
            ("confusion_matrix.csv", confusion::measured(results)),
            ("confusion_matrix_published.csv", confusion::published(results)),
            ("classes.csv", classes::table(results)),
            ("published.csv", published::table(results)),
            ("reliability.csv", reliability::table(&evidence.outcomes)),
            ("hardest_images.csv", images::hardest(results, &evidence.outcomes)),
        ]);
        if let Some(comparison) = &evidence.comparison {
            tables.extend([
                ("models.csv", comparison::models(comparison)),
                ("comparison.csv", comparison::pairs(comparison)),
                ("class_changes.csv", changes::classes(comparison)),
                ("confusion_changes.csv", changes::confusions(comparison)),
                ("changed_images.csv", changes::images(results, &evidence.outcomes, comparison)),
            ]);
        }
        tables.push(("attribution.csv", attribution::table(&evidence.attributions)));
        tables.extend(evidence.silencing.as_ref().map(|found| ("silencing.csv", silencing::table(found))));
    }
    tables.retain(|(_, table)| !table.is_empty());
    tables
}
