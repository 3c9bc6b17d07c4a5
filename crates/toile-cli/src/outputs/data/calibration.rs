//! `calibration.csv`: the expected calibration error of each run.

use toile_statistics::calibration::ece;
use toile_study::evidence::outcomes::Outcomes;

use toile_store::table::{Table, fields};

pub(super) fn table(outcomes: &Outcomes) -> Table {
    let mut table = Table::new(["model", "seed", "images", "ece"]);
    for model in &outcomes.models {
        for run in &model.runs {
            let confidence: Vec<f64> = run.confidence.iter().map(|value| f64::from(*value)).collect();
            let correct = run.correct(&outcomes.labels);
            if confidence.len() == correct.len() {
                table.row(fields![&model.name, run.seed, correct.len(), ece(&confidence, &correct)]);
            }
        }
    }
    table
}
