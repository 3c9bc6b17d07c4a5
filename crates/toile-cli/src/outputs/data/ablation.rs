//! `ablation.csv`: accuracy that remains as hidden units are ablated.

use std::collections::BTreeSet;

use toile_study::evidence::ablation::Ablation;

use toile_store::table::{Field, Table, fields};

pub(super) fn table(ablation: &Ablation) -> Table {
    let seeds: BTreeSet<u64> = ablation.models.iter().flat_map(|model| model.seeds.clone()).collect();
    let first = ["model", "share", "seeds", "draws", "mean", "min", "max"].map(str::to_owned);
    let mut table = Table::new(first.into_iter().chain(seeds.iter().map(|seed| format!("seed_{seed}"))));
    for model in &ablation.models {
        for point in &model.points {
            let [low, high] = point.range;
            let draws = ablation.draws;
            let row = fields![&model.name, point.share, model.seeds.len(), draws, point.mean, low, high];
            let of_seed = |seed: &u64| {
                let place = model.seeds.iter().position(|of| of == seed)?;
                point.per_seed.get(place).copied()
            };
            table.row(row.into_iter().chain(seeds.iter().map(|seed| Field::from(of_seed(seed)))));
        }
    }
    table
}
