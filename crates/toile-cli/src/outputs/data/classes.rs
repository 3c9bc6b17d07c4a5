//! `classes.csv`: precision, recall and F1 of each class.

use toile_study::evidence::outcomes::Outcomes;
use toile_study::results::StudyResults;

use crate::report::ALPHA;
use crate::report::classes::figures::{Class, Share, of_model};
use toile_store::table::{Table, fields};

type Figure = (&'static str, fn(&Class) -> Share);

const FIGURES: [Figure; 3] =
    [("precision", |class| class.precision), ("recall", |class| class.recall), ("f1", |class| class.f1)];

/// As the report's chart of the classes has them.
pub(super) fn table(results: &StudyResults, outcomes: &Outcomes) -> Table {
    let mut table = Table::new([
        "model",
        "class",
        "images",
        "metric",
        "seeds",
        "mean",
        "min",
        "max",
        "low",
        "high",
        "confidence",
    ]);
    let names = &results.dataset.class_names;
    for model in &results.models {
        let Some(of) = of_model(model, outcomes, names.len()) else { continue };
        for (name, class) in names.iter().zip(&of.classes) {
            for (metric, figure) in FIGURES {
                let share = figure(class);
                table.row(fields![
                    &model.name,
                    name,
                    class.support,
                    metric,
                    share.seeds,
                    share.value,
                    share.range.map(|range| range.0),
                    share.range.map(|range| range.1),
                    share.interval.map(|interval| interval.0),
                    share.interval.map(|interval| interval.1),
                    share.interval.map(|_| 1.0 - ALPHA),
                ]);
            }
        }
    }
    table
}
