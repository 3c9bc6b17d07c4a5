//! `reliability.csv`: how often a model is right where it says how sure it is.

use toile_statistics::calibration::{BINS, reliability};
use toile_study::evidence::outcomes::Outcomes;

use toile_store::table::{Table, fields};

/// The images of all seeds of a model together.
pub(super) fn table(outcomes: &Outcomes) -> Table {
    let columns = ["model", "seeds", "bin", "from", "to", "images", "confidence", "accuracy"];
    let mut table = Table::new(columns);
    for model in &outcomes.models {
        let confidence: Vec<f64> =
            model.runs.iter().flat_map(|run| run.confidence.iter().map(|c| f64::from(*c))).collect();
        let correct: Vec<bool> = model.runs.iter().flat_map(|run| run.correct(&outcomes.labels)).collect();
        if confidence.len() != correct.len() {
            continue;
        }
        for (bin, found) in reliability(&confidence, &correct).iter().enumerate() {
            table.row(fields![
                &model.name,
                model.runs.len(),
                bin + 1,
                bin as f64 / BINS as f64,
                (bin + 1) as f64 / BINS as f64,
                found.count,
                found.confidence,
                found.accuracy,
            ]);
        }
    }
    table
}
