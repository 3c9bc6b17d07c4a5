//! The numbers behind every chart of the report, as CSV files in the folder `data` beside it.
//!
//! One table a chart, in long form. What is not known yet has no file. The columns are described in
//! `docs/files.md`; a test holds the two together.

mod ablation;
mod attribution;
mod calibration;
mod changes;
mod classes;
mod comparison;
mod confusion;
mod curves;
mod images;
mod published;
mod reliability;

use toile_study::conduct::StudyView;

use toile_store::table::Table;

/// Every file below the study's folder that may hold a table. Those that were left before, and are not among what
/// [`study_files`](crate::outputs::study_files) gives when no epoch is under way, are out of date.
pub fn known_names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().chain(FORMER_NAMES)
}

/// Tables of earlier versions, which are written under other names now.
pub const FORMER_NAMES: [&str; 1] = ["data/silencing.csv"];

const NAMES: [&str; 15] = [
    "data/curves.csv",
    "data/confusion_matrix.csv",
    "data/confusion_matrix_published.csv",
    "data/classes.csv",
    "data/published.csv",
    "data/calibration.csv",
    "data/reliability.csv",
    "data/hardest_images.csv",
    "data/models.csv",
    "data/comparison.csv",
    "data/class_changes.csv",
    "data/confusion_changes.csv",
    "data/changed_images.csv",
    "data/attribution.csv",
    "data/ablation.csv",
];

/// The tables, as (name of the file, table), that hold a row.
pub(super) fn tables(study: StudyView<'_>) -> Vec<(&'static str, Table)> {
    let StudyView { results, evidence, .. } = study;
    // Between two epochs no run ends: only the curves grow.
    let mut tables = vec![("data/curves.csv", curves::table(results))];
    if !study.between_epochs {
        tables.extend([
            ("data/confusion_matrix.csv", confusion::measured(results)),
            ("data/confusion_matrix_published.csv", confusion::published(results)),
            ("data/classes.csv", classes::table(results, &evidence.outcomes)),
            ("data/published.csv", published::table(results)),
            ("data/calibration.csv", calibration::table(&evidence.outcomes)),
            ("data/reliability.csv", reliability::table(&evidence.outcomes)),
            ("data/hardest_images.csv", images::hardest(results, &evidence.outcomes)),
        ]);
        if let Some(comparison) = &evidence.comparison {
            tables.extend([
                ("data/models.csv", comparison::models(comparison)),
                ("data/comparison.csv", comparison::pairs(comparison)),
                ("data/class_changes.csv", changes::classes(comparison)),
                ("data/confusion_changes.csv", changes::confusions(comparison)),
                ("data/changed_images.csv", changes::images(results, &evidence.outcomes, comparison)),
            ]);
        }
        tables.push(("data/attribution.csv", attribution::table(&evidence.attributions)));
        tables.extend(evidence.ablation.as_ref().map(|found| ("data/ablation.csv", ablation::table(found))));
    }
    tables.retain(|(_, table)| !table.is_empty());
    debug_assert!(tables.iter().all(|(name, _)| NAMES.contains(name)));
    tables
}
