//! `classes.csv`: precision, recall and F1 of each class.

use toile_study::metrics::{ClassMetrics, metrics};
use toile_study::results::StudyResults;

use crate::plots::csv::{Table, fields};
use crate::plots::over_seeds::OverSeeds;

type Figure = (&'static str, fn(&ClassMetrics) -> Option<f64>);

const FIGURES: [Figure; 3] =
    [("precision", |class| class.precision), ("recall", |class| class.recall), ("f1", |class| class.f1)];

pub(super) fn table(results: &StudyResults) -> Table {
    let mut table = Table::new(["model", "class", "images", "metric", "seeds", "mean", "min", "max"]);
    let names = &results.dataset.class_names;
    for model in &results.models {
        let evaluations = model.runs.iter().filter_map(|run| run.evaluation.as_ref());
        let measured = evaluations.filter_map(|evaluation| metrics(&evaluation.confusion));
        let runs: Vec<_> = measured.filter(|metrics| metrics.classes.len() == names.len()).collect();
        let Some(any) = runs.first() else { continue };
        for (class, name) in names.iter().enumerate() {
            for (metric, figure) in FIGURES {
                let over = OverSeeds::of(runs.iter().filter_map(|run| figure(&run.classes[class])));
                table.row(fields![
                    &model.name,
                    name,
                    any.classes[class].support,
                    metric,
                    over.map_or(0, |over| over.seeds),
                    over.map(|over| over.mean),
                    over.map(|over| over.low),
                    over.map(|over| over.high),
                ]);
            }
        }
    }
    table
}
