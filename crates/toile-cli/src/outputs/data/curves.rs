//! `curves.csv`: loss and accuracy per epoch.

use std::collections::BTreeSet;

use toile_study::results::StudyResults;

use toile_draw::curves::{column, curves, run_epochs};
use toile_store::table::{Field, Table, fields};

pub(super) fn table(results: &StudyResults) -> Table {
    let seeds: BTreeSet<u64> =
        results.models.iter().flat_map(|model| model.runs.iter().map(|run| run.seed)).collect();
    let first = ["model", "metric", "epoch", "seeds", "mean", "min", "max"].map(str::to_owned);
    let mut table = Table::new(first.into_iter().chain(seeds.iter().map(|seed| format!("seed_{seed}"))));
    for model in &results.models {
        for curve in curves(&run_epochs(model)) {
            let metric = column(curve.images, curve.measure);
            for point in &curve.points {
                let over = point.over_seeds;
                let row = fields![
                    &model.name,
                    metric,
                    point.epoch,
                    over.map_or(0, |over| over.seeds),
                    over.map(|over| over.mean_in_range()),
                    over.map(|over| over.low),
                    over.map(|over| over.high),
                ];
                let of_seed = |seed: &u64| point.per_seed.iter().find(|(of, _)| of == seed).map(|(_, v)| *v);
                table.row(row.into_iter().chain(seeds.iter().map(|seed| Field::from(of_seed(seed)))));
            }
        }
    }
    table
}
